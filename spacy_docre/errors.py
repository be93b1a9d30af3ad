"""Every error and warning of the package, numbered.

DRE0xx: entity documents, triples, schema and pipe. DRE1xx: entity sources.
DRE2xx: DORE's symbols, sequences, grammar and search. DRE3xx: formats and the command line. DRE4xx: scorers.
DRE5xx: models. DRWxxx: warnings, in the same ranges.
"""

from spacy.errors import ErrorsWithCodes


class Errors(metaclass=ErrorsWithCodes):
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
        "Write relations with `spacy_docre.storage.store_relations`."
    )
    DRE010 = "Relation '{label}': roles must be two or more different names, not {roles}."
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
        "`spacy_docre.storage.store_relations`, with an empty list if it states none."
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
        "It has: {labels}. Add it to the schema, or remove it from the data."
    )
    DRE025 = (
        "The component '{name}' was not initialized. Train it, load a trained pipeline, or call "
        "`nlp.initialize` with examples."
    )
    DRE026 = "The setting '{setting}' of the component must be between 0 and 1, not {value}."
    DRE027 = (
        "The training examples have no relations, so '{name}' cannot learn a schema from them. "
        "Convert the data with `python -m spacy docre-convert`, or give a schema in "
        "[initialize.components.{name}]."
    )
    DRE028 = (
        "The schema of '{name}' and the weights of its model disagree: {problem}. Load the two from "
        "the same training run."
    )
    DRE029 = (
        "The relation '{label}' has {expected} roles in the schema, but document {doc} has it with "
        "{found} entities."
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
        "document, which has {length} ({problem}). Remove it, or set spans after retokenizing."
    )
    DRE104 = (
        "Document {doc}: cluster {cluster} of `doc._.{attr}` has {offsets}, but a mention is a pair "
        "(start_char, end_char) that covers at least one token of the text, which has {length} "
        "characters. Token indices belong in `doc.spans`."
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
    DRE201 = (
        "Document {doc} has {count} {what}, but there are embeddings for {capacity}. Learn the "
        "symbol table from data with documents of this size, or raise `at_least`."
    )
    DRE202 = "A symbol table without types has one range, named '', not {ranges}."
    DRE203 = "Unknown {what} '{name}'. Choose one of: {choices}."
    DRE204 = (
        "Document {doc}: {triple} does not fit the schema: {problem}. Correct the triple, or add "
        "the relation or its argument types to the schema."
    )
    DRE205 = "Document {doc}: {triple} occurs more than once. Merge the repetitions first."
    DRE206 = (
        "Document {doc}: {cell} cannot be a negative cell, because {problem}. "
        "Negatives come from the document's cells that no gold triple fills."
    )
    DRE207 = "Document {doc}, {where}: position {position} of the sequence is wrong: {problem}."
    DRE208 = "{strategy}: {name} is {value}, but must be {expected}."
    DRE209 = (
        "{strategy} places cells around a diagonal, but the schema has relations with {arity} "
        "arguments. Use spacy_docre.SampledNegatives.v1."
    )
    DRE210 = (
        "Document {doc}, {where}: the grammar refuses the symbol {symbol} at position {position}. "
        "Linearise with the mode, order and negatives that the grammar was made with, and check "
        "`max_labels`."
    )
    DRE211 = (
        "`every_cell` needs mode 'rows', order 'row_column', negatives, and a schema in which all "
        "relations have two arguments."
    )
    DRE212 = "Search: {name} is {value}, but must be {expected}."
    DRE213 = "`max_labels` is {value}, but a cell must be able to hold at least one relation."
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
    DRE320 = "There is no format '{name}'. Available formats: {names}."
    DRE321 = "on_error must be 'raise' or 'skip', not '{value}'."
    DRE322 = (
        "{path}: expected a JSON object that maps every relation label to its readable name, "
        "but {problem}."
    )
    DRE330 = "{path}: spaCy reads only files whose names end in .spacy. Choose another name for the output."
    DRE331 = (
        "{path}: this is not a file of metrics with relation scores: {problem}. Write one with "
        "`spacy evaluate --output`, for a pipeline with a docre component."
    )
    DRE332 = "{path}: no document was left to write. Nothing was written."
    DRE333 = "{path} is named more than once. Give a file of its own for the input and each output."
    DRE334 = (
        "{path} has {count} documents, so that holding out one of every {every} leaves one of the "
        "two parts empty. Use a smaller --every, of at least 2."
    )
    DRE335 = "{path} cannot be written: {problem}. Choose another place for the output."
    DRE350 = "The number of documents to generate must not be negative, but is {documents}."
    DRE351 = "The sentence template {text!r} cannot be used: {problem}."
    DRE352 = (
        "Document '{title}': the tokenizer does not split the text before and after {text}. "
        'Use the tokenizer of a pipeline for English, such as `spacy.blank("en")`.'
    )
    DRE353 = "{path} is a file. Name a folder to write the corpus to."
    DRE401 = (
        "Document {doc}: the predicted and the reference document have different texts, so that "
        "their mentions cannot be compared. Create both from the same text."
    )
    DRE402 = (
        "{path}: cannot read training facts: {problem}. Give a .spacy file with relations, or a "
        "JSON list of [head text, tail text, label]."
    )
    DRE403 = (
        "Relations within and across sentences cannot be told apart: the reference has no sentence "
        "boundaries."
    )
    DRE410 = (
        "{path}: this is not a tree of MeSH: {problem}. Expected lines of a tree number, the id of a "
        "descriptor and its name, separated by tabs, below a line of headings; gzip is fine."
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
        "There is no one component '{name}' to analyse: the pipeline has these docre components: "
        "{names}. Name one of them with --pipe."
    )
    DRE421 = (
        "None of the documents has relations in `doc._.{attr}`, so there is nothing to compare with. "
        "Annotate them with `spacy_docre.storage.store_relations`."
    )
    DRE422 = (
        "Pictures need matplotlib, which is not installed. Install the extra: "
        'pip install "spacy-docre[viz]".'
    )
    DRE423 = "{path}: a picture must be one of {formats}. Choose another name for the output."

    DRE030 = (
        "The directory {path} does not hold a complete '{name}' component ({error}). "
        "Save the pipeline again with `nlp.to_disk`."
    )
    DRE031 = (
        "Cannot add the label '{label}' to '{name}': relations have roles and names, so they come "
        "from a schema. Pass one as `labels` to `initialize`."
    )
    DRE501 = "The network was not built yet. Initialize the model, or load its weights."
    DRE502 = "The weights do not fit the network they were saved with: {error}."
    DRE503 = "`width` ({width}) must be a multiple of `heads` ({heads})."
    DRE504 = (
        "the weights were trained for other relations or roles (they differ in {different}), "
        "and DORE learns a symbol for each"
    )
    DRE505 = "`tails` must be 'given' or 'generated', not '{tails}'."
    DRE506 = (
        "The order '{order}' and a beam of width {beam_width} need generated tails: with given ones "
        "every cell is asked in row-column order. Set `tails` to 'generated'."
    )
    DRE507 = (
        "The schema has a relation of {arity} entities. Given tails serve binary relations only: "
        "set `tails` to 'generated'."
    )
    DRE510 = (
        "Cannot freeze {layers} layers of '{pipe}': its transformer has {found}. Set `layers` in "
        "[initialize.after_init] to at most that."
    )


class Warnings(metaclass=ErrorsWithCodes):
    DRW001 = (
        "'{name}': {count} gold triples of document {doc} cannot be learnt, since their entities "
        "were not found in it. Check the component that predicts entities, or set "
        "`use_gold_entities`. Further documents are counted in `lost_triples`, without a warning."
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
    DRW201 = (
        "{count} of {total} sequences were not finished after {length} symbols. What they state "
        "up to there is kept; raise `max_length` to let them finish."
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
