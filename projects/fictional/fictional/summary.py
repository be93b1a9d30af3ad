"""What a corpus with relations holds, in numbers."""

from dataclasses import dataclass
from typing import Iterable, List, Tuple

from spacy.tokens import Doc

from spacy_docre.data.relations import get_relations
from spacy_docre.data.storage import load_relations


@dataclass
class Summary:
    """Counts over documents. Add documents one by one with `add`.

    crossing (int): Triples whose entities share no sentence, whatever mentions them.
    crossing_names (int): Triples whose entities are in no sentence both named, so that
        without coreference no single sentence gives them away.
    related_pairs (int): Ordered pairs of entities with at least one relation.
    """

    documents: int = 0
    unrelated_documents: int = 0
    sentences: int = 0
    tokens: int = 0
    entities: int = 0
    mentions: int = 0
    triples: int = 0
    crossing: int = 0
    crossing_names: int = 0
    pairs: int = 0
    related_pairs: int = 0

    @classmethod
    def of(cls, docs: Iterable[Doc]) -> "Summary":
        """Summarise documents with gold relations and sentences."""
        summary = cls()
        for doc in docs:
            summary.add(doc)
        return summary

    def add(self, doc: Doc) -> None:
        """Count one more document."""
        stored, relations = load_relations(doc), get_relations(doc)
        count = len(stored.entities)
        self.documents += 1
        self.unrelated_documents += not relations
        self.sentences += sum(1 for _ in doc.sents)
        self.tokens += len(doc)
        self.entities += count
        self.mentions += sum(len(entity.mentions) for entity in stored.entities)
        self.triples += len(relations)
        self.crossing += sum(relation.crosses_sentences for relation in relations)
        self.pairs += count * (count - 1)
        self.related_pairs += len({triple.entities for triple in stored.triples})
        named = {(name.start, name.end): name.sent.start for name in doc.ents}
        sentences = [
            {named[mention] for mention in entity.mentions if mention in named}
            for entity in stored.entities
        ]
        self.crossing_names += sum(
            not set.intersection(*(sentences[index] for index in triple.entities))
            for triple in stored.triples
        )

    def rows(self) -> List[Tuple[str, str]]:
        """RETURNS (List[Tuple[str, str]]): Names and values to print."""
        documents, triples = max(self.documents, 1), max(self.triples, 1)
        unrelated_pairs = self.pairs - self.related_pairs
        return [
            ("documents", f"{self.documents}"),
            ("without relations", f"{self.unrelated_documents / documents:.1%}"),
            ("sentences per document", f"{self.sentences / documents:.1f}"),
            ("tokens", f"{self.tokens}"),
            ("tokens per document", f"{self.tokens / documents:.1f}"),
            ("entities per document", f"{self.entities / documents:.1f}"),
            ("mentions per document", f"{self.mentions / documents:.1f}"),
            ("triples", f"{self.triples}"),
            ("triples per document", f"{self.triples / documents:.1f}"),
            ("triples across sentences", f"{self.crossing / triples:.1%}"),
            ("… when only names count", f"{self.crossing_names / triples:.1%}"),
            ("pairs without relation", f"{unrelated_pairs / max(self.pairs, 1):.1%}"),
        ]
