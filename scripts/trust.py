"""Code for `spacy evaluate`: pipelines of this project are its own, so that their scorers may read
the training facts."""

import spacy_docre

spacy_docre.trust()
