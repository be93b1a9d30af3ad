"""The errors and warnings of lexical generation, numbered as those of the package are."""

from spacy_docre.errors import NumberedMessages


class Errors(metaclass=NumberedMessages):
    DRE541 = (
        "{count} of {total} documents state their triples in more than {limit} word pieces, for which the "
        "decoder has no positions. The longest, of document {doc}, needs {length}. Set `output_length` "
        "of the encoder to {length} or more."
    )
    DRE542 = (
        "Document {doc}: after {position} symbols the piece {piece} spells nothing that may come next. "
        "Spell triples of the document's entities in the order of the grammar."
    )
    DRE543 = (
        "Text is written by a model that reads plain text, which {encoder} does not. Use "
        "`docre_baselines.PlainSeq2Seq.v1` as the encoder."
    )


class Warnings(metaclass=NumberedMessages):
    DRW540 = (
        "{count} of {total} gold triples name an entity by a text that another entity of the document has "
        "as well. Lexical generation cannot tell these entities apart, and takes the first that fits."
    )
    DRW541 = (
        "{count} of {total} texts were not finished after {length} word pieces. The triples up to there are "
        "kept; raise `max_length` or, where the model has too few positions, `output_length` to let "
        "them finish."
    )
