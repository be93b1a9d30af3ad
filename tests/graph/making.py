"""Records of documents, friendly and hostile ones."""

from hypothesis import strategies as st

EVIL = """</script><script>alert("{{7*7}}")</script><!--"""
# Quotes, separators, what ends a line, control characters, emoji, text from right to left and its
# marks, what is HTML, XML, CSV, Turtle or JSON, and halves of characters.
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=12),
    st.text(
        st.sampled_from(list("ab\"'\\\n\r\t\x00\x0b\x1f;,<>&{}@:_.\u202e\u200fש👩‍🚀\ufffe\ud800]")),
        max_size=8,
    ),
    st.sampled_from([EVIL, "]]>", "\\u0041", "=1+1", "NULL", " ", "Q42", "P17", "عمّان", "{# }}"]),
)
NAMES = HOSTILE.filter(str.strip)


def entity(number, text, type="PER", kb_id="", mentions=((0, 1),)):
    return {
        "id": number,
        "kb_id": kb_id,
        "type": type,
        "text": text,
        "mentions": [{"start": start, "end": end, "text": text} for start, end in mentions],
    }


def relation(label, *entities, roles=("head", "tail"), score=0.5, evidence=(), **further):
    return {
        "label": label,
        "name": label,
        "description": "",
        "score": score,
        "roles": list(roles),
        "entities": list(entities),
        "head": entities[0],
        "tail": entities[1],
        "evidence": [
            {"sentence": sentence, "start": start, "end": end, "text": text}
            for sentence, start, end, text in evidence
        ],
        "evidence_from": "predicted",
        **further,
    }


def record(id, entities, relations, text="Ann Berg was born in Bonn.", sentences=()):
    return {
        "version": 1,
        "id": id,
        "text": text,
        "meta": {},
        "entities": entities,
        "sentences": [list(bounds) for bounds in sentences],
        "relations": relations,
    }


def ann(id="a", **further):
    """A document that says where Ann was born."""
    entities = [
        entity(0, "Ann Berg", mentions=[(0, 8)]),
        entity(1, "Bonn", "LOC", "Q586", mentions=[(21, 25)]),
    ]
    evidence = [(0, 0, 26, "Ann Berg was born in Bonn.")]
    born = relation("P19", 0, 1, evidence=evidence, **{"name": "place of birth", **further})
    return record(id, entities, [born], sentences=[(0, 26)])


@st.composite
def hostile_records(draw):
    """Records whose names and texts are hostile, with relations of two and of three."""
    text = draw(HOSTILE.filter(bool))
    bounds = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(
        lambda pair: pair[0] < pair[1]
    )
    entities = [
        entity(i, draw(NAMES), draw(HOSTILE), draw(HOSTILE), draw(st.lists(bounds, min_size=1)))
        for i in range(draw(st.integers(1, 4)))
    ]
    indices = st.integers(0, len(entities) - 1)
    relations = []
    for _ in range(draw(st.integers(0, 4))):
        roles = draw(st.lists(NAMES, min_size=2, max_size=3, unique=True))
        start, end = draw(bounds)
        relations.append(
            relation(
                draw(NAMES),
                *(draw(indices) for _ in roles),
                roles=roles,
                score=draw(st.none() | st.floats(0, 1)),
                evidence=draw(st.sampled_from([(), ((0, start, end, text[start:end]),)])),
                name=draw(NAMES),
                description=draw(HOSTILE),
            )
        )
    return record(draw(HOSTILE), entities, relations, text)
