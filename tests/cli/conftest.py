# As spaCy does through the entry points: importing a command registers it.
import spacy_docre.cli.analyse
import spacy_docre.cli.convert
import spacy_docre.cli.results
import spacy_docre.cli.split  # noqa: F401
