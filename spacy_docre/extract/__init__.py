"""From texts to files of relations, for as many texts as there are."""
