"""Every error and warning of the package, numbered.

DRE0xx: entity documents, triples, schema and pipe. DRE1xx: entity sources.
DRE2xx: DORE's symbols, sequences, grammar and search. DRE3xx: formats and the command line. DRE4xx: scorers.
DRE5xx: models. DRE6xx: RHF. DRE68x: what a schema rules out. DRE69x: calibration.
DRE7xx: extraction to files. DRWxxx: warnings, in the same ranges.
"""

from typing import Any

from spacy.errors import ErrorsWithCodes

from .showing import TOO_DEEP, listed, shortened, visible

# Longer than any of the messages that others raise and ours repeat.
LONGEST = 2000
# Shorter lists are shown whole.
MANY = 20


class Message(str):
    """A message whose fields may hold anything that a corpus or another package says: what is
    filled in is short, and moves no cursor."""

    def format(self, *args: Any, **values: Any) -> str:
        """RETURNS (str): The message with its fields filled in."""
        return visible(super().format(**{key: _short(values[key]) for key in values}), lines=True)


class NumberedMessages(ErrorsWithCodes):
    """Messages that begin with their number."""

    def __getattribute__(self, code: str) -> Any:
        message = super().__getattribute__(code)
        return message if code.startswith("__") else Message(message)


def _short(value: Any) -> Any:
    try:
        text = str(value)
    except RecursionError:
        return TOO_DEEP
    if type(value) in (list, tuple) and len(value) > MANY:
        return f"[{listed([repr(item) for item in value])}]"
    return value if len(text) <= LONGEST else shortened(text, LONGEST)


class Errors(metaclass=NumberedMessages):
    DRE001 = (
        "Document {doc}: a mention covers tokens {start} to {end}, but the document has {length} "
        "tokens. Mentions are non-empty token ranges inside the text."
    )
    DRE002 = "Document {doc}: an entity has no mention. Every entity needs at least one."
    DRE003 = "Document {doc}: {triple} refers to an entity that does not exist; the document has {count}."
    DRE004 = (
        "Document {doc}: {triple} does not have one entity for each of the roles {roles}. "
        "Pass the relation's roles."
    )
    DRE005 = (
        "Document {doc}: what is stored as `doc._.{attr}` is not in the expected form ({error}). "
        "Write relations with `spacy_docre.data.storage.store_relations`, or convert the corpus again."
    )
    DRE006 = (
        "Document {doc}: what is stored as `doc._.{attr}` belongs to a text of {length} characters, but "
        "this one has {actual}. It was copied from another document: remove it with "
        "`spacy_docre.data.storage.clear_relations`, or run the component again."
    )
    DRE010 = "Relation '{label}': roles must be two or more different names, none of them blank, not {roles}."
    DRE011 = "Relation '{label}' lists entity types for {types} roles, but has {roles} roles."
    DRE012 = "The schema lists these relations more than once: {labels}."
    DRE013 = "Relation '{label}' names '{inverse}' as its inverse, which the schema does not have."
    DRE014 = "The schema has no relation '{label}'. It has: {labels}."
    DRE015 = (
        "Relation '{label}' occurs with {first} and with {second} entities. "
        "Use a label of its own for each number of entities."
    )
    DRE016 = (
        "This is not a schema: {problem}. Expected "
        '{{"relations": [{{"label": "…", "name": "…", …}}, …], "entity_types": ["…", …]}}.'
    )

    DRE020 = (
        "Document {doc} has no gold relations to learn from. Annotate it with "
        "`spacy_docre.data.storage.store_relations`, with an empty list if it states none. If the file has "
        "them, the reader's augmenter has lost them (put it into `spacy_docre.KeepRelations.v1`), or its "
        "`gold_preproc` or `max_length` has, which cut documents into sentences (leave these out)."
    )
    DRE021 = (
        "Document {doc}: the text of the reference and of the predicted document differ, "
        "so its entities cannot be carried over."
    )
    DRE022 = "Document {doc}: the gold data state {triple} more than once. Remove the repetition."
    DRE023 = (
        "Document {doc}: the mention of tokens {start} to {end} covers no token of the "
        "predicted document."
    )
    DRE024 = (
        "Document {doc}: the gold data have the relation '{label}', which the schema lacks. "
        "It has: {labels}. Add it to the schema, or remove it from the data. A trained component "
        "learns further relations with `nlp.get_pipe(…).add_label(…)` or, in a config, a larger schema and "
        "`spacy_docre.StartFrom.v1`."
    )
    DRE025 = (
        "The component '{name}' was not initialized. Train it, load a trained pipeline, or call "
        "`nlp.initialize` with examples."
    )
    DRE026 = (
        "The setting '{setting}' of '{name}'{where} must be {expected}, not {value!r}. Correct it."
    )
    DRE027 = (
        "The training examples have no relations, so '{name}' cannot learn a schema from them. "
        "Convert the data with `python -m spacy docre-convert`, or give a schema in "
        "[initialize.components.{name}]. If the file has relations, the reader has lost them: put its "
        "augmenter into `spacy_docre.KeepRelations.v1`, and leave out `gold_preproc` and `max_length`."
    )
    DRE028 = (
        "The weights of '{name}' do not serve what its schema and settings ask of them: {problem}. Load "
        "weights, schema and settings of the same training run."
    )
    DRE029 = (
        "The relation '{label}' has {expected} roles in the schema, but document {doc} has it with "
        "{found} entities."
    )
    DRE078 = (
        "Document {doc}: a mention of a relation has the offsets {begin} to {end}, which are no characters "
        "of the text. Offsets are the first character and the one after the last."
    )
    DRE080 = (
        "Relations are objects, which JSON has not. Use `relation.to_dict()`, or the plain twin of the "
        'attribute, for example `doc.to_json(underscore=["relations_data"])`, which `Doc.from_json` reads.'
    )
    DRE081 = (
        "Document {doc}: `doc._.{attr}` takes a list of relations, as it returns them, not {found}. Write "
        "other data with `spacy_docre.data.storage.store_relations`; `clear_relations` removes all."
    )
    DRE082 = (
        "Document {doc}: {relation} belongs to {other}, whose text is another one, so that its mentions "
        "have no place here. Assign relations of this document, or of one with the same text."
    )
    DRE083 = (
        "Document {doc}: these relations cannot be stored as `doc._.{attr}` ({error}). Types, ids and "
        "labels are text, scores lie between 0 and 1, evidence numbers sentences from 0."
    )
    DRE084 = (
        "Document {doc}: the notes of the corpus, `doc.user_data['{key}']`, are not in the expected form "
        "({error}). Write them with `spacy_docre.data.notes.store_notes`, or remove them."
    )
    DRE085 = (
        "None of the documents has gold relations in `doc._.{attr}` that the component reads, but there "
        "are some in {others}. Set `attr` of the component to one of these, or convert the data with "
        "--attr {attr}."
    )
    DRE086 = "Document {doc}: {relation} is assigned twice. Keep one of them, with the score it shall have."
    DRE087 = (
        "Document {doc}: relation '{label}' has the roles {first} as well as {second}. Use a label of its "
        "own for other roles."
    )
    DRE088 = (
        "Document {doc}: the augmenter has made {after} words of {before}, so that mentions have no place "
        "in them. `spacy_docre.KeepRelations.v1` keeps relations where words change or spaces are inserted."
    )
    DRE089 = (
        "Documents cannot be joined or cut: {problem}. Name documents and tokens that exist, and annotate "
        "all of the documents or none; an empty list of relations says that there are none."
    )
    DRE060 = (
        "Document {doc} has {tokens} tokens, but {vectors} token vectors. A component between the encoder "
        "and this one splits or merges tokens: let it run before the encoder (`before=` in "
        "`nlp.add_pipe`), or after this one."
    )
    DRE061 = (
        "Document {doc} has {count} entities, and so {pairs} pairs to ask about; more than {limit} do not "
        "fit into memory. Train `spacy_docre.GivenRows.v1` with `top_k_tails`, divide the document, or "
        "let `sources` find fewer entities."
    )
    DRE101 = (
        "A chain of entity sources needs at least one. Name them in blocks such as "
        '[components.docre.sources.*.ents], or use @misc = "spacy_docre.DefaultSources.v1".'
    )
    DRE102 = (
        "Document {doc}: the group `doc.spans['{key}']` belongs to another document. Create its "
        "spans from this one."
    )
    DRE103 = (
        "Document {doc}: the group `doc.spans['{key}']` has a span that covers no token of the "
        "document, which has {length} ({problem}). Remove it, or make it from this document."
    )
    DRE104 = (
        "Document {doc}: cluster {cluster} of `doc._.{attr}` has {offsets}, but a mention is a pair "
        "(start_char, end_char) that covers at least one token of the text, which has {length} "
        "characters. Remove it, or correct it; token indices belong in `doc.spans`."
    )
    DRE105 = (
        "Document {doc}: chain {chain} of `doc._.{attr}` has {mention}, but a mention needs "
        "`token_indexes`, one or more indices of the document's {length} tokens."
    )
    DRE106 = (
        "Labels cannot be both wanted and excluded: {labels}. Remove them from one of the lists."
    )
    DRE107 = (
        "Document {doc}: '{field}' in the attrs of `doc.spans['{key}']` must be a string, "
        "not {value!r}."
    )
    DRE108 = "Document {doc}: `doc._.{attr}` must hold {expected}, or None, not {found}."
    DRE110 = (
        "Document {doc}: cluster {cluster} of `doc._.{attr}` is {found}, but a cluster is a list of pairs "
        "(start_char, end_char). Remove it from the list before this component runs."
    )
    DRE201 = (
        "Document {doc} has {count} {what}, but there are embeddings for {capacity}. Learn the "
        "symbol table from data with documents of this size, or raise `capacity`."
    )
    DRE202 = "A symbol table without types has one range, named '', not {ranges}."
    DRE203 = "Unknown {what} '{name}'. Choose one of: {choices}."
    DRE204 = (
        "Document {doc}: {triple} does not fit the schema: {problem}. Correct the triple, or add "
        "the relation or its argument types to the schema."
    )
    DRE206 = (
        "Document {doc}: {pair} cannot be a negative pair, because {problem}. "
        "Negatives come from the document's pairs that no gold triple fills."
    )
    DRE207 = "Document {doc}, {where}: position {position} of the sequence is wrong: {problem}."
    DRE208 = "{strategy}: {name} is {value}, but must be {expected}."
    DRE209 = (
        "{strategy} places pairs around a diagonal, but the schema has relations with {arity} "
        "arguments. Use spacy_docre.SampledNegatives.v1."
    )
    DRE210 = (
        "Document {doc}, {where}: the grammar refuses the symbol {symbol} at position {position}. "
        "Linearise with the mode, order and negatives that the grammar was made with, and check "
        "`max_labels`."
    )
    DRE211 = (
        "`due` needs mode 'rows', order 'row_column' and negatives. Where relations have more than "
        "two arguments all pairs can be due or none, but not some."
    )
    DRE212 = "Search: {name} is {value}, but must be {expected}."
    DRE213 = "`max_labels` is {value}, but a pair must be able to hold at least one relation."
    DRE301 = (
        "{where}: this is not valid JSON ({problem}, at character {position}). The file may be cut "
        "short or damaged: fetch or write it again."
    )
    DRE302 = (
        "{where}: the text is not UTF-8 (byte {position}: {problem}). Convert the file to UTF-8."
    )
    DRE303 = (
        "{path}: expected a JSON array of documents, or JSONL with one document on each line, but "
        "the file {problem}."
    )
    DRE304 = "{where}: '{field}' is missing. Every document of this format needs it."
    DRE305 = "{where}: '{field}' must be {expected}, not {found}."
    DRE306 = (
        "{where}: '{field}' is {found}, which is not usable text: {problem}. Correct the string."
    )
    DRE307 = (
        "{where}: '{field}' is an empty list. A document needs a sentence, and every sentence a "
        "token: without them the sentence numbers of mentions and evidence would shift."
    )
    DRE308 = (
        "{where}: '{field}' is {found}, but the document has {count} sentences. Sentences are "
        "numbered from 0."
    )
    DRE309 = (
        "{where}: '{field}' is [{start}, {end}], but sentence {sentence} has {length} tokens. Give "
        "the first token and the one after the last, both counted within the sentence."
    )
    DRE310 = "{where}: '{field}' has no mention. Remove the entity or give it a mention."
    DRE311 = (
        "{where}: '{field}' is {found}, but there are {count} entities in 'vertexSet'. Entities "
        "are numbered from 0."
    )
    DRE312 = (
        "{where}: '{field}' relates entity {entity} to itself. Head and tail must be different "
        "entities: remove or correct the label."
    )
    DRE313 = (
        "{where}: '{field}' repeats '{first}': both say {label}({head}, {tail}). List each relation "
        "of a pair once."
    )
    DRE314 = (
        "{where}: {field} occurs more than once in one object, as {first} and as {second}. Keep the "
        "right one."
    )
    DRE320 = "There is no format '{name}'. Available formats: {names}."
    DRE321 = "on_error must be 'raise' or 'skip', not '{value}'."
    DRE322 = (
        "{path}: expected a JSON object that maps every relation label to its readable name, "
        "but {problem}."
    )
    DRE323 = "limit is {value}, but must be a number of documents, or 0 for all of them."
    DRE330 = "{path}: the name must end in {suffixes}. Choose another name for the output."
    DRE331 = (
        "{path}: this is not a file of metrics with relation scores: {problem}. Write one with "
        "`spacy evaluate --output`, for a pipeline with a docre component."
    )
    DRE332 = "{path}: no document was left to write. Nothing was written."
    DRE333 = "{path} and {other} are the same file. Name another one for each input and output."
    DRE334 = (
        "{path} has {count} documents, so that holding out one of every {every} leaves one of the "
        "two parts empty. Use a smaller --every, of at least 2."
    )
    DRE335 = "{path} cannot be written: {problem}. Choose another place for the output."
    DRE336 = "{path}: expected {expected}, but the file is empty. Fetch or write it again."
    DRE337 = "{where}, line {line}: expected {expected}, but found {found}. {fix}"
    DRE338 = (
        "{where}, line {line}: the mention covers characters {start} to {end}, but title and "
        "abstract have {length} together. Offsets count characters from the start of the title, "
        "and the abstract begins one character after its end."
    )
    DRE339 = (
        "{where}, line {line}: characters {start} to {end} of the text are {text}, but the mention "
        "is {mention}. Offsets count characters from the start of the title, and the abstract "
        "begins one character after its end: correct the offsets or the mention."
    )
    DRE340 = (
        "{where}, line {line}: the relation {label} has the entity {id!r}, but no mention of the "
        "document has this id. Add the mention, or correct or remove the relation."
    )
    DRE341 = "{where}, line {line}: {label}({head}, {tail}) is stated twice. List each relation of a pair once."
    DRE342 = (
        "{where}, line {line}: the line begins with the id {found}, but belongs to document {id}. "
        "Correct the id, or give the other document its title line."
    )
    DRE343 = "{where}: its id {id!r} is that of document {first}. Remove one of the two, or correct the id."
    DRE344 = (
        "{where}: there is a NUL character (byte {position}). The file is damaged or no text in "
        "UTF-8: fetch it again or convert it."
    )
    DRE345 = "{where}: the document has no text. Remove it."
    DRE346 = (
        "{where}, line {line}: expected an id, a text and 17 columns for each pair, separated by "
        "tabs, but there are {found} columns. A tab or a column is missing or too many."
    )
    DRE347 = "{where}, pair {pair}: {field} is {found}, but must be {expected}."
    DRE348 = (
        "{where}, pair {pair}: tokens {start} to {end} are {text}, but the mention is "
        "{mention}. Tokens are counted from the start of the document, separated by single spaces."
    )
    DRE349 = (
        "{where}, pair {pair}: entity {id!r} has other mentions or another type than "
        "in an earlier pair. Write the same mentions wherever the entity occurs."
    )
    DRE354 = (
        "{where}, line {line}: {label}({head}, {tail}) contradicts an earlier pair, which says {known}. A "
        "pair without a relation, or left out of evaluation, has no other label: keep one of them."
    )
    DRE355 = (
        "{path} cannot be read: {problem}. Name a .spacy file that docre-convert or DocBin.to_disk "
        "wrote, or a folder of them."
    )
    DRE360 = "The format '{format}' has no setting '{key}'. Its settings: {names}."
    DRE361 = "The setting '{key}' of the format '{format}' must be {expected}, not {value!r}."
    DRE362 = "'{item}' is not a setting. Write each setting once, as key=value."
    DRE363 = (
        "{where}: the tokenizer changes the text, so that its characters cannot be counted. Use a "
        "tokenizer that keeps all of them, as spaCy's own do."
    )
    DRE364 = (
        "There is no relation '{label}' of two entities that could be symmetric. The corpus has: "
        "{labels}."
    )
    DRE365 = (
        "The reader spacy_docre.Corpus.v1 needs a path. Set it in the config, or on the command line "
        "with --paths.train and --paths.dev."
    )
    DRE366 = (
        "{path} cannot hold several files: {problem}. With --docs-per-file, name a folder that is "
        "new or empty, and has no dot in its name."
    )
    DRE367 = (
        "The path of the reader spacy_docre.Corpus.v1, {path}, {problem}. Name a file in the config, or on "
        "the command line with --paths.train and --paths.dev."
    )
    DRE370 = (
        "{where}: '{field}' is [{start}, {end}], but the document has {length} words. Give the first "
        "word and the one after the last, counted from the start of the document."
    )
    DRE371 = (
        "{where}: '{field}' begins with word {found}, but must begin with word {expected}. Sentences "
        "and sections follow each other from the first word to the last, without a gap."
    )
    DRE372 = (
        "{where}: '{field}' is {found!r}, but 'coref' has no cluster of this name. Add the cluster, "
        "empty if it is never mentioned, or correct the name."
    )
    DRE373 = (
        "SciREX: 'subrelations' relates methods to their parts, which 'merge_parts' makes part of "
        "them. Set one of the two."
    )
    DRE375 = (
        "{where}: '{field}' is {start} to {end}, but the text has {length} characters. Give the first "
        "character and the one after the last, counted from the start of the text."
    )
    DRE376 = (
        "{where}: '{field}' is {found}, but characters {start} to {end} of the text are {text}. "
        "Correct the offsets or the text."
    )
    DRE377 = (
        "{where}: '{field}' is {start} to {end}, where no token begins and ends. Correct the offsets "
        "or the tokens, or leave out 'tokens' to have the text split."
    )
    DRE378 = (
        "{where}: '{field}' is not where the next token can begin. Tokens cover the text in order, "
        "with nothing or one space between them."
    )
    DRE379 = "{where}: '{field}' is {found}, but there are {count} entities. Entities are numbered from 0."
    DRE380 = "{where}: '{field}' relates entity {entity} to itself. Relate different entities."
    DRE381 = "{where}: '{field}' repeats '{first}'. List each relation of the same entities once."
    DRE382 = (
        "{where}: '{field}' has {found} entities, but {expected} roles. List in 'roles' the roles of "
        "each relation that is not of two entities, head and tail."
    )
    DRE383 = "{where}: '{field}' covers no text but spaces. Remove it, or correct the offsets."
    DRE384 = "{where}: 'text' differs from the text of 'tokens'. Export the annotations again."
    DRE385 = (
        "{where}: '{field}' is {found}, but the document has {length} characters. List where sentences "
        "begin, in order."
    )
    DRE386 = (
        "{where}: '{field}' is {found}, but there are {count} tokens. Give the spans of both ends, or "
        "the numbers of tokens of 'tokens'."
    )
    DRE387 = "{where}: '{field}' is {found}, but a score is between 0 and 1."
    DRE388 = (
        "{where}: '{field}' has {found} items, but there are {count} {what}. Give one for each, "
        "which may be empty, or leave the field out."
    )
    DRE389 = (
        "{where}: '{field}' has the unknown field {found}. Correct its name to one of {names}, or remove "
        "it."
    )
    DRE390 = (
        "{where}: '{field}' is token {found}, which is characters {start} to {end}, but its span is "
        "{first} to {last}. Export the annotations again, or correct one of them."
    )
    DRE391 = (
        "{where}: '{field}' is {found}, of which two begin at the same word, since spaces before a "
        "sentence belong to the one before it. List each sentence once."
    )
    DRE392 = (
        "{where}: '{field}' gives relation '{label}' {found}, but an earlier document {known}. Use "
        "a label of its own for other roles."
    )
    DRE393 = "{where}: '{field}' is {found}, but must be two or more different names."
    DRE394 = (
        "{where}: '{field}' is {found}, but the document has {length} tokens. A section is its first "
        "token, counted from 0, and the one after its last."
    )
    DRE395 = (
        "{where}: its text and title are those of document {first}, and neither has an id. Remove one "
        "of the two, or give each a title or an id of its own."
    )
    DRE324 = "Document {doc}: the {what} {name} of the relation {label} is blank. Give it a name."
    DRE396 = (
        "--attr is {attr!r}, but must be a name as in `doc._.relations`, and only .spacy files name the "
        "attribute. Leave it out, or write such a file."
    )
    DRE397 = (
        "Document {doc}: the mention {mention} overlaps another one, and neither lies in the other, so that "
        "brackets cannot show both. Write JSONL, or remove one of them."
    )
    DRE401 = (
        "Document {doc}: the predicted and the reference document have different texts, so that "
        "their mentions cannot be compared. Create both from the same text."
    )
    DRE402 = (
        "{path}: cannot read training facts: {problem}. Give a .spacy file with relations, a folder of "
        "such files, or a JSON list of [head text, tail text, label]."
    )
    DRE403 = (
        "Relations within and across sentences cannot be told apart: the reference has no sentence "
        "boundaries."
    )
    DRE410 = (
        "{path}: this is not a tree of MeSH: {problem}. Expected lines of a tree number, the id of a "
        "descriptor and its name, separated by tabs, with or without a line of headings; gzip is fine."
    )
    DRE411 = "Tuples of entities have two entities or more: `arities` cannot be {arities}."
    DRE412 = (
        "{option} is given {paths} times for {metrics} files of metrics. Give it once for all of them, "
        "or once for each."
    )
    DRE413 = (
        "{path}: the settings of the pipeline cannot be read ({problem}). Name the directory of a "
        "trained pipeline with a docre component."
    )
    DRE420 = (
        "There is no one component '{name}' to look at: the pipeline has these docre components: "
        "{names}. Name one of them with --pipe or --component, where the command has that. Else leave "
        "one that writes its relations to `doc._.relations` in the pipeline."
    )
    DRE421 = (
        "None of the documents has relations in `doc._.{attr}`, so there is nothing to compare with. "
        "Annotate them with `spacy_docre.data.storage.store_relations`."
    )
    DRE423 = "{path}: a picture must be one of {formats}. Choose another name for the output."

    DRE030 = (
        "{where} not hold a complete '{name}' component, as it was saved ({error}). "
        "Save the pipeline again with `nlp.to_disk` or `nlp.to_bytes`."
    )
    DRE031 = (
        "Labels cannot be added to '{name}' before it was initialized. Pass all of them as `labels` to "
        "`initialize`, or in [initialize.components.{name}.labels]."
    )
    DRE032 = (
        "Document {doc}: the evidence of {triple} names a sentence that does not exist; the document "
        "has {count}, numbered from 0."
    )
    DRE040 = "'{name}'{where} has no setting '{setting}', only: {known}. Correct its name."
    DRE041 = (
        "'{name}' does not get its token vectors from the encoder it was trained with, so that what it finds "
        "would be nonsense. Source both from the same pipeline, or give '{name}' its own encoder there: "
        '`trained.replace_listeners("tok2vec", "{name}", ["model.tok2vec"])`, before '
        '`nlp.add_pipe("{name}", source=trained)`. Or train it with the encoder that it has now. If the '
        "pipeline was loaded as a whole, its files are from different times: copy or save it again."
    )
    DRE501 = "The network was not built yet. Initialize the model, or load its weights."
    DRE502 = "The weights do not fit the network they were saved with: {error}."
    DRE503 = "The width of the vectors that the encoder makes ({width}) must be a multiple of `attention_heads` ({attention_heads})."
    DRE504 = (
        "the weights were trained for other relations, roles or types of entities (they differ in "
        "{different}), and serve only those. `add_label` adds further ones to a trained component"
    )
    DRE507 = (
        "The schema has a relation of {arity} entities. Given tails serve binary relations only: "
        "use `spacy_docre.GeneratedRows.v1` as the head."
    )
    DRE509 = (
        "the network was trained without `top_k_tails`, so that it has not learnt to guess which {count} "
        "tails of each head to ask about. Set `top_k_tails` to null, or train with it"
    )
    DRE510 = (
        "Cannot freeze {layers} layers of '{pipe}': its transformer has {found}. Set `layers` in "
        "[initialize.after_init] to at most that."
    )
    DRE512 = (
        "The width of the vectors that the encoder makes ({width}) must be a multiple of `groups` "
        "({groups})."
    )
    DRE513 = (
        "The schema has a relation of {arity} entities, but bilinear pairs serve binary "
        "relations only: use `spacy_docre.GeneratedRows.v1` as the head."
    )
    DRE515 = (
        "Windows of {characters} characters that share {overlap} do not advance. Set `characters` "
        "above `overlap` in [components.transformer.model.get_spans], and `overlap` to 0 or more."
    )
    DRE516 = (
        "Cannot start from a trained pipeline: there is no component '{name}' with weights in {which}, "
        "only: {names}. Set `pipes` in [initialize.after_init] to components that both pipelines have."
    )
    DRE517 = (
        "The component '{name}' cannot start from {path}: {problem}. Initialize both stages with the "
        "same schema, or the second one with more (`labels` in [initialize.components.{name}])."
    )
    DRE518 = (
        "The component '{name}' cannot start from {path}: {count} of its weights are not in both, or have "
        "another shape ({shapes}). Give [components.{name}.model] the sizes it had there."
    )
    DRE519 = (
        "The component '{name}' cannot start from another pipeline: its model '{model}' does not show "
        'its weights. Source it in place of that: `source = "<path>"` in [components.{name}].'
    )
    DRE521 = (
        "No sequence-to-sequence model could be loaded from '{name}': {problem}. Name a model of the "
        "hub, or a directory with its settings, weights and tokenizer, in "
        "[components.docre.model.encoder.backbone]."
    )
    DRE522 = "Models of type '{type}' cannot be driven. Use one of a type that can: {known}."
    DRE523 = "The setting '{name}' of the model is {value}, but must be {expected}."
    DRE524 = (
        "Pretrained models are trained with decoupled weight decay. Set `L2_is_weight_decay = true` in "
        "[training.optimizer]."
    )
    DRE525 = (
        "The component '{name}' cannot start from {path}: {count} pieces of text have other numbers in "
        "its tokenizer, or none, such as {pieces}, so that its embeddings stand for others. Use the "
        "pretrained model that it was trained with."
    )
    DRE526 = "`row_width` ({width}) must be a multiple of half of the `attention_heads` ({attention_heads})."
    DRE527 = (
        "The weights were learnt with {saved}, but the config has {given}, under which they would mean "
        "something else. Leave these settings as they were, or train another extractor."
    )
    DRE528 = (
        "Rows of symbols are written by the decoder of a pretrained sequence-to-sequence model, which "
        "{encoder} does not have. Use `spacy_docre.Seq2Seq.v1` as the encoder, or "
        "`spacy_docre.GeneratedRows.v1` as the head."
    )
    DRE529 = (
        "Evidence is learnt from the vectors of tokens, but {encoder} reads pieces of words. Set "
        "`evidence_weight` in [components.docre.model.head] to 0, or use `spacy_docre.Tok2VecExtractor.v1`."
    )
    DRE530 = (
        "The vectors of '{name}' have a width of {found}, but the config says {width}. Set `width` of "
        "[components.tok2vec.model], and of all that listen to it, to {found}."
    )
    DRE531 = (
        "No transformer could be loaded from '{name}': {problem}. Name a model of the hub, or a folder "
        "with its settings, weights (safetensors) and tokenizer, in [components.tok2vec.model]."
    )
    DRE560 = (
        "The share of steps in which the learning rate rises is {warmup}, but must be between 0 and 1. Set "
        "`warmup` in [training.optimizer.learn_rate]."
    )
    DRE562 = (
        "{count} rows of the trained weights stand for what the schema lacks ({rows}). Keep all relations and "
        "types of entities that the weights know; there may be further ones."
    )
    DRE563 = "the network makes something else of weights of the same shape ({values})"
    DRE564 = (
        "The component '{name}' cannot start from {path}: its labels, or what else its weights stand for, "
        "differ in {different}. Give both the same labels (`labels` in [initialize.components.{name}]), or "
        "source the component (`source` in [components.{name}])."
    )
    DRE565 = (
        "The component '{name}' cannot start from {path}: weights of the same shape have another meaning "
        "there ({different}). Give [components.{name}.model] the settings it had there."
    )
    DRE570 = (
        "A pipeline that was loaded may not {what}, as its config asks to. If you trust where it comes from, "
        "say so: `with spacy_docre.trust(): nlp = spacy.load(…)`, or SPACY_DOCRE_TRUST=1 in the environment. "
        "It wants to: {wanted}."
    )
    DRE571 = (
        "if you trust where the pipeline comes from, load it in `with spacy_docre.trust():`, or with "
        "SPACY_DOCRE_TRUST=1 in the environment."
    )
    DRE575 = (
        "Documents cannot be joined with share = {share} and most = {most}: the share is 0 or more, and two "
        "documents are joined at least."
    )
    DRE431 = (
        "Document {doc}, or one that is read along with it: the encoder makes vectors that are no finite "
        "numbers, of which nothing follows. Train it anew, or let it compute in single precision."
    )
    DRE532 = (
        "`spacy_docre.StartFrom.v1` loads {path}, which only training may do, not a pipeline that is loaded. Put "
        "it into `[initialize]`, as `after_init`."
    )
    DRE540 = (
        "{count} of {total} documents have targets of more than {limit} symbols, for which the decoder has "
        "no positions. The longest, of document {doc}, has {length}. Choose mode 'rows' or negatives "
        "that state fewer pairs for the head, or an `output_length` of {length} or more for the encoder."
    )
    DRE600 = (
        "This needs the package '{package}', which cannot be imported ({error}). "
        "Install the extra: pip install 'spacy-docre[{extra}]'."
    )
    DRE601 = (
        "The prompt template '{prompt}' cannot be read ({error}). Give the path of a text file, or "
        "one of these names: {names}."
    )
    DRE602 = (
        "The prompt template '{name}' cannot be used: {problem}. Templates are written in Jinja: "
        "{{{{ passage }}}}, {{% if description %}}."
    )
    DRE603 = (
        "The base model '{name}'{revision} cannot be loaded: {error} A pipeline holds adapters only, "
        "so its base model must be there when it is loaded: fetch it from the hub, or name the folder "
        'in which it lies: `spacy.load(path, config={{"components": {{"docre": {{"model": {{"base": '
        '{{"name": "<folder>"}}}}}}}}}})`.'
    )
    DRE604 = (
        "The adapters were made for the base model '{name}', and this is another one: {different}. "
        "Load the pipeline with the base model it was trained on."
    )
    DRE605 = "The adapters were not made yet. Initialize the model, or load its weights."
    DRE606 = (
        "The relation '{label}' has {arity} entities, but the stages of RHF ask about relations of a "
        "head and a tail. Remove it from the schema, or use `spacy_docre.GeneratedRows.v1`."
    )
    DRE607 = "The stage '{name}' cannot be used: {problem}. Correct its settings, or its place in the chain."
    DRE608 = (
        "The stages {names} do not make a chain: their names must differ, and the last one must end "
        "with relation, head and tail known."
    )
    DRE610 = "The setting '{name}' is {value}, but must be {expected}."
    DRE611 = "The tokenizer of the base model '{name}' cannot be used: {problem}. Choose another base model."
    DRE612 = (
        "Several relations are called {names}, so that answers could not tell them apart. Give each a "
        "`name` of its own in the schema."
    )
    DRE613 = (
        "Document {doc}: not even a window of one token ({text!r}) fits into the {budget} tokens that "
        "questions and answers leave. Raise `max_length`, or lower `answer_tokens`."
    )
    DRE614 = "The relation descriptions '{path}' cannot be used: {problem}."
    DRE615 = (
        "The endpoint {url} did not answer for the model '{model}' ({problem}). Check that it is running, "
        "that it serves this model, and that prompts fit."
    )
    DRE616 = (
        "The saved adapters do not fit the config: {problem}. Load them with the config they were "
        "trained with."
    )
    DRE617 = "The model '{name}' asks no language model, so it has no stages."
    DRE618 = (
        "A model behind an endpoint cannot be trained. Remove `endpoint` from the config to train."
    )
    DRE620 = (
        "The tokenizer of the base model '{name}' spells {first} as the beginning of {second}, so that "
        "answers could not tell them apart. Choose another base model, whose tokenizer keeps all text."
    )
    DRE621 = (
        "The endpoint {url} does not keep to what the field `{field}` of a request demands: where only "
        "{expected} was allowed, the model '{model}' answered {found}. Name what kind of server it is in "
        '`server` of the endpoint ({servers}), or set `constraints` to "none" to read answers without '
        "constraints."
    )
    DRE622 = (
        "The model '{model}' at {url} wrote nothing within {tokens} tokens, like models that think first. Turn "
        "that off, with `chat_settings` in `prompts` or `reasoning_effort` in `extra` of the endpoint, or give it "
        "room for thoughts: `{limit}` in `extra`, such as 4096."
    )
    DRE623 = (
        "The environment variable '{variable}' holds something that cannot be the key for {url}: there is a space, "
        "a line break or a sign beyond ASCII in it. Set it to the key alone."
    )
    DRE780 = "The model '{name}' asks no server, so there is nothing to count."
    DRE781 = (
        "The config has another `schema` than it had when the component was saved, which has its own by now. "
        "Load it with the schema of then, and give it another one with `nlp.get_pipe(…).use_schema(…)`."
    )
    DRE782 = "The schema {path} cannot be read: {problem}. Correct the path, or the file."
    DRE783 = "The `schema` of a language model has no relations to ask about. Add some, or set it to null."
    DRE784 = (
        "The chain begins with the stage '{stage}', which asks about what an extractor proposes. Make it that of "
        "the `judge` of `spacy_docre.PairFirst.v1`, or choose another chain."
    )
    DRE785 = (
        "The chain of the `judge` ends with the stage '{stage}', but must end with one that says yes or no to an "
        "entity, where the rest of the triple is given. Set its `chain` to `spacy_docre.VerdictChain.v1`."
    )
    DRE786 = (
        "Document {doc}: triples that another component has written are about the entities of the pipeline, not "
        "those of gold data. Set `use_gold_entities` of the component to false."
    )
    DRE787 = (
        "Document {doc}: no component has written `doc._.{attr}` yet. Put the one that proposes triples before "
        "the one that judges them."
    )
    DRE788 = (
        "Document {doc}: `doc._.{attr}` is about other entities than those that the component finds. Give both "
        "components the same `sources`."
    )
    DRE789 = (
        "Document {doc}: the relation '{label}' was proposed, and the judge's schema lacks it. It has: {labels}. "
        "Add it to the `schema` of the judge."
    )
    DRE641 = (
        "The passage prompt lists the entities of a document, but with `open_entities` any span may be "
        'one. Choose another `passage` in `prompts`, such as "passage", or set `open_entities` to null.'
    )
    DRE642 = "Give either the `relations` of a subset or the number of `frequent` ones, not both."
    DRE643 = (
        "The `path` of a subset is missing. Set it in [corpora], or as --paths.train and the like."
    )
    DRE680 = (
        "The relation '{label}' has {arity} entities: `functional`, `inverse_functional` and `excludes` "
        "speak of a head and a tail. Leave them out for it."
    )
    DRE681 = "The relation '{label}' excludes itself. Remove it from its own `excludes`."
    DRE682 = "The relation '{label}' excludes '{other}', which the schema does not have. Correct the label."
    DRE690 = (
        "'{name}' has no operating point '{wanted}'. It has: {known}. Set `threshold` to a number or to one "
        "of these; `python -m spacy docre-calibrate` finds them."
    )
    DRE691 = "What was saved as a calibration is none: {what} must be {expected}."
    DRE692 = "A calibration takes documents to fit it on and others to measure it on: two at least, not {count}."
    DRE693 = (
        "'{name}' finds no relation with a score of {floor:g} or more in these {count} documents, from {what}. "
        "Check that the pipeline is trained, lower --floor, or say with --gold-entities where entities "
        "come from."
    )
    DRE694 = (
        "None of the {total} relations that '{name}' finds has a score to calibrate: the server tells no "
        "log-probabilities, or of tokens that are not those of its text. Ask another one, with `log_probs` of its "
        "endpoint set to true."
    )
    DRE432 = (
        "Of what '{name}' finds in these {count} documents nothing is correct, so that its scores are worth "
        "nothing. They are annotated with {gold}, and the pipeline knows {known}. Correct the annotation, or "
        "give documents of its own kind."
    )
    DRE740 = (
        "Document {doc}: this is not a record of a document and its relations ({error}). Pass a `Doc`, or what "
        "`spacy_docre.graph.records.document_record` returns."
    )
    DRE741 = "Only documents (`Doc`, `Span`) can be rendered, or with `manual=True` their records, not {value}."
    DRE742 = "`spacy_docre.render` has no option '{option}'. It has: {options}."
    DRE743 = "The option '{option}' of `spacy_docre.render` must be {form}, not {value}."
    DRE744 = "`spacy_docre.render` has no style '{style}'. It has: relations."
    DRE750 = 'A graph merges entities by "id+name", "id" or "none", not by {merge}.'
    DRE751 = (
        "A graph cannot be written to {path}: nothing is known about files that end with '{suffix}'. "
        "Known are: {known}; a path without an ending becomes a folder for Neo4j."
    )
    DRE752 = "{path} is not an empty folder. Choose another one for the files of Neo4j."

    DRE701 = "{path} cannot be read, or not to its end: {problem}. Fetch or write it again."
    DRE702 = (
        "{path} has no files to read; those whose names begin with a dot are passed over. Name another "
        "folder."
    )
    DRE703 = "{where}, line {line}: the document cannot be read: {problem}. Correct the line."
    DRE705 = "{where}: there is no '{key}' among {found}. Name the right one with --text-key or --id-key."
    DRE706 = (
        "{where}: '{key}' is {value}, but must be a text. Correct it, or name the key of the text with "
        "--text-key."
    )
    DRE707 = (
        "{where}: '{key}' is {value}, but must be a string or a whole number. Correct it, or name the key "
        "of the id with --id-key."
    )
    DRE708 = (
        "{where}: the text has {length:,} characters, but the pipeline takes no more than {most:,}. Divide "
        "it, or raise `nlp.max_length` in a file given with --code."
    )
    DRE709 = "{where}: the component '{name}' failed: {error}"
    DRE710 = "{where}: the relations cannot be written: {error}"
    DRE711 = (
        "{path}: a run with another command ended before it was done ({what} differ). Run that command to "
        "go on, or begin anew with --overwrite."
    )
    DRE712 = "{path} is there already. Choose another name, or replace it with --overwrite."
    DRE713 = (
        "{path}: another process is writing to it. Wait until it is done, or choose another output."
    )
    DRE714 = "{path} has lost what its journal says was written. Begin anew with --overwrite."
    DRE715 = "{path}: its name ends in '{suffix}', which says nothing of what to write. It may end in {known}."
    DRE717 = "{labels}: the pipeline does not know these relations. It knows {known}."
    DRE718 = "Several processes cannot share a GPU. Leave out --n-process or --gpu-id."
    DRE719 = (
        "{path} is in the folder of the input, and would be read as a part of it. Choose another place "
        "for the output."
    )
    DRE720 = "{path}: there is no such file or folder. Name the input, or - for standard input."
    DRE721 = "{path} is a folder that is not empty. Name a new one, as nobody but you may remove what is in it."
    DRE790 = "The least probability of soft labels is {value}, but must be a number from 0 to 1."
    DRE791 = "{path}: silver documents are written as {suffix}, which training reads. Name the output so."
    DRE793 = (
        "Standard input can be read only once, so that nothing can be estimated. Write it to a file, or go "
        "without an estimate with --sample 0."
    )


class Warnings(metaclass=NumberedMessages):
    DRW001 = (
        "'{name}': {count} gold triples of document {doc} cannot be learnt, since their entities "
        "were not found in it. Check the component that predicts entities, or set "
        "`use_gold_entities`. Further documents are counted in `lost_triples`, without a warning."
    )
    DRW030 = (
        "None of the documents has gold relations in `doc._.{attr}`, the attribute of the component, so "
        "those in `doc._.{other}` are read. If they are another task's, leave the component out; if not, "
        "convert the corpus with --attr {attr} to be rid of this warning."
    )
    DRW031 = (
        "None of the documents has gold relations in `doc._.{attr}`, the attribute of the component, but "
        "there are some in {others}, which are not read. Convert the corpus with --attr {attr}, or set "
        "`attr` of the component."
    )
    DRW032 = (
        "Document {doc}: of tokens {start} to {end}, {relations} relations have an entity that is mentioned "
        "elsewhere only, and {mentions} mentions cross the cut. These are left out."
    )
    DRW033 = (
        "Document {doc}: {count} numbers of sentences, the evidence of relations, are left out, since the "
        "document has no sentence boundaries. Set them before."
    )
    DRW020 = (
        "Document {doc} has {length} tokens, but the longest one in training had {longest}: it is read in "
        "windows of {size} tokens that overlap, and relations of entities that are never mentioned within "
        "one of them are not found. Set `windows = false` in [components.docre.model] to read it as a "
        "whole. Further documents are divided without a warning."
    )
    DRW021 = (
        "Document {doc} has {count} entities, and so {pairs} pairs to ask about, which takes gigabytes of "
        "memory. To limit them, train `spacy_docre.GivenRows.v1` with `top_k_tails`, divide the "
        "document, or let `sources` find fewer entities."
    )
    DRW101 = (
        "Document {doc}: {count} coreference clusters connect entities that have different ids or "
        "were annotated as different. These are kept apart."
    )
    DRW102 = (
        "Document {doc}: {count} coordinated mentions in `doc._.{attr}` stand for several entities "
        "each, and are left out."
    )
    DRW103 = (
        "Document {doc}: {count} spans cover the same tokens as an earlier span with another label. "
        "An entity has one type, so only the first label counts."
    )
    DRW110 = (
        "'{name}': {count} of {total} entities have types that the schema does not know: {types}. No role "
        "that asks for types takes them, and models see nothing but that they are unknown. The schema "
        "knows {known}. Map labels to these types (`map` in [components.{name}.sources]), or leave them "
        "out (`exclude`). Further entities are counted in `unknown_types`, without a warning."
    )
    DRW201 = (
        "{count} of {total} sequences were not finished after {length} symbols. What they state "
        "up to there is kept; raise `max_length` (of pretrained models: `output_length`) to let them "
        "finish."
    )
    DRW521 = (
        "The optimizer keeps averages of parameters, which pretrained sequence-to-sequence models do "
        "not use. Set `use_averages = false` in [training.optimizer]."
    )
    DRW301 = (
        "{path}: {refused} of {read} documents were refused and skipped ({reasons}). The first: "
        "{first}"
    )
    DRW302 = "{path}: {count} {what}."
    DRW303 = (
        "{path} has no name for {count} of the relations ({labels}); the schema uses the label as "
        "the name."
    )
    DRW402 = (
        "The training facts {path} are not there, so relations that training states are not told apart "
        "(docre_ign). Set `train_facts` of the scorer in the config."
    )
    DRW501 = (
        "The encoder did not read {count} tokens of document {doc}: its windows are longer than it "
        "can read. Lower `window` and `stride` of the transformer's `get_spans`. Further documents "
        "are not checked."
    )
    DRW502 = (
        "The encoder read nothing of document {doc}: its token vectors are all zeros. Most often the "
        "component that `tok2vec` listens to is disabled, or comes later in the pipeline: run it before. "
        "Further documents are not checked."
    )
    DRW503 = (
        "{count} groups of entities of document {doc} have more than {limit} relations each, but no more "
        "than that are extracted, whatever is learnt. Set `max_labels` of the head to the "
        "largest number that there is ({most} in this batch). Further documents are not checked."
    )
    DRW560 = (
        "`eval_frequency` is {frequency}, but training ends after {steps} steps: only the untrained pipeline "
        "would be evaluated, and kept as the best one. It is evaluated every {fitted} steps. Set another "
        "number in [training], or as --training.eval_frequency."
    )
    DRW561 = (
        "The learning rate rises for {warmup} steps, but training ends after {steps}, so it never gets to where "
        "it should. Lower `warmup_steps` in [training.optimizer.learn_rate], or use "
        "spacy_docre.WarmupLinear.v1, whose `warmup` is a share of the steps."
    )
    DRW562 = (
        "The learning rate neither rises nor falls: training lasts for {passes} passes (`max_epochs`), and "
        "`total_steps` is 0. Set it in [training.optimizer.learn_rate] to the number of their batches."
    )
    DRW563 = (
        "The scorer of a pipeline that was loaded may not read {path}, so the scores that need it are left "
        "out. If you trust where the pipeline comes from, say so: `with spacy_docre.trust(): nlp = "
        "spacy.load(…)`, or SPACY_DOCRE_TRUST=1 in the environment."
    )
    DRW401 = (
        "{count} of {total} scored documents have no sentence boundaries. They are part of all "
        "scores except those for relations within and across sentences."
    )
    DRW410 = (
        "None of the {count} ids of gold entities, such as {example!r}, is in the MeSH tree, so nothing "
        "is filtered (docre_filtered). Give entities the ids of MeSH descriptors, and name their "
        "role in `general` of the scorer."
    )
    DRW411 = (
        "The MeSH tree {path} is not there, so there are no scores with hypernym filtering "
        "(docre_filtered). Set `mesh_tree` of the scorer in the config."
    )
    DRW600 = (
        "{count} of {total} answers of the stage '{stage}' were not finished within {tokens} tokens, "
        "or where the base model ends or a server's filter. What they list up to there is kept; raise "
        "`answer_tokens`."
    )
    DRW601 = (
        "{count} relations have no description ({labels}, …), so prompts only name them. Add "
        "descriptions to the schema, or set `descriptions` in `prompts`."
    )
    DRW602 = (
        "{count} lines or words of answers of the stage '{stage}' name nothing that was asked for, and are "
        "left out. Use a server that keeps to constraints, or adapters that were trained for these prompts."
    )
    DRW760 = (
        "Document {doc}: the endpoint {url} refused a question about it, whose answer is taken for empty "
        "({problem}). If it is too long, set `max_length` in `budget`, so that it is read in windows."
    )
    DRW680 = (
        "{count} of {total} gold triples contradict what the schema says of their relations, in {docs} of "
        "the documents, as in {doc}: {triple} and {other}. They are learnt as they are, but of such "
        "triples only the best is extracted. Correct the data, or `functional`, "
        "`inverse_functional` and `excludes` of {labels} in the schema."
    )
    DRW690 = (
        "'{name}' is trained further, so that the calibration of its scores, with operating points, does not "
        "hold any more, and is dropped. Run `python -m spacy docre-calibrate` on the result."
    )
    DRW691 = (
        "{count} of {total} relations that '{name}' finds have no score, and pass all thresholds, so that curves say "
        "little of these; a calibration leaves them out. The server tells no log-probabilities of them, or of "
        "tokens that are not those of its text: see `log_probs` of its endpoint."
    )
    DRW700 = (
        "Evidence of relations names sentences by numbers that documents do not have, as if their boundaries "
        "were lost. Records are without this evidence. Keep the boundaries, or add a sentencizer."
    )
