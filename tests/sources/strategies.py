"""Random entities and clusters over a text of `LENGTH` tokens."""

from hypothesis import strategies as st

from spacy_docre.data.entities import Entity, Mention

LENGTH = 12
TYPES = ["", "PER", "ORG"]
IDS = ["", "Q1", "Q2"]


@st.composite
def mentions(draw):
    start = draw(st.integers(0, LENGTH - 1))
    return Mention(start, draw(st.integers(start + 1, min(LENGTH, start + 3))))


entities = st.builds(
    Entity.of,
    st.lists(mentions(), min_size=1, max_size=3),
    st.sampled_from(TYPES),
    st.sampled_from(IDS),
)
# As spans give them: each mention once.
singletons = st.lists(
    st.builds(
        lambda mention, type, id: Entity((mention,), type, id),
        mentions(),
        st.sampled_from(TYPES),
        st.sampled_from(IDS),
    ),
    max_size=8,
    unique_by=lambda entity: entity.mentions,
)
clusters = st.lists(st.lists(mentions(), min_size=1, max_size=4), max_size=5)
