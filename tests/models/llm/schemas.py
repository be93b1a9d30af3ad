"""The fields of requests for chat completions, as servers document them. All others are refused
here, which real servers do not all do: some ignore what they do not know."""

NUMBER = (int, float)
COMMON = {"model": str, "messages": list, "temperature": NUMBER, "max_tokens": int}
LOG_PROBS = {"logprobs": bool, "top_logprobs": int}
# OpenAI's reference of `chat/completions`.
OPENAI = {
    **COMMON,
    **LOG_PROBS,
    "max_completion_tokens": int,
    "response_format": dict,
    "reasoning_effort": str,
    "frequency_penalty": NUMBER,
    "logit_bias": dict,
    "n": int,
    "presence_penalty": NUMBER,
    "seed": int,
    "stop": (str, list),
    "stream": bool,
    "top_p": NUMBER,
    "user": str,
}
FIELDS = {
    # `ChatCompletionRequest` of vLLM 0.32, without audio, tools and transfer of caches.
    "vllm": {
        **OPENAI,
        "add_generation_prompt": bool,
        "add_special_tokens": bool,
        "allowed_token_ids": list,
        "bad_words": list,
        "chat_template": str,
        "chat_template_kwargs": dict,
        "continue_final_message": bool,
        "ignore_eos": bool,
        "include_reasoning": bool,
        "logprob_token_ids": list,
        "min_p": NUMBER,
        "min_tokens": int,
        "priority": int,
        "prompt_logprobs": int,
        "repetition_penalty": NUMBER,
        "skip_special_tokens": bool,
        "stop_token_ids": list,
        "structured_outputs": dict,
        "top_k": int,
        "truncate_prompt_tokens": int,
    },
    # `llama-server`'s README.
    "llama.cpp": {
        **COMMON,
        **LOG_PROBS,
        "chat_template_kwargs": dict,
        "grammar": str,
        "json_schema": dict,
        "min_p": NUMBER,
        "n_probs": int,
        "post_sampling_probs": bool,
        "response_format": dict,
        "seed": int,
        "stop": (str, list),
        "top_k": int,
        "top_p": NUMBER,
    },
    "openai": OPENAI,
    # Ollama's page about compatibility with OpenAI.
    "ollama": {
        **COMMON,
        "frequency_penalty": NUMBER,
        "presence_penalty": NUMBER,
        "response_format": dict,
        "seed": int,
        "stop": (str, list),
        "top_p": NUMBER,
    },
    "json": {**COMMON, "response_format": dict},
    "plain": COMMON,
}
# vLLM's `StructuredOutputsParams`, of which a request has one.
KINDS = {"json": (str, dict), "regex": str, "choice": list, "grammar": str, "json_object": bool}


def problem_of(body, server):
    """What is wrong with a request, or ""."""
    fields = FIELDS[server]
    for key, value in body.items():
        if key not in fields:
            return f"unknown field {key}"
        if not isinstance(value, fields[key]):
            return f"{key} has another type"
    for message in body["messages"]:
        if set(message) != {"role", "content"} or message["role"] != "user":
            return "messages have another form"
    if "max_tokens" in body and "max_completion_tokens" in body:
        return "max_tokens and max_completion_tokens"
    given = body.get("structured_outputs", {"regex": ""})
    if len(given) != 1 or not all(isinstance(v, KINDS.get(k, ())) for k, v in given.items()):
        return "structured_outputs needs one constraint"
    if "top_logprobs" in body and not (body.get("logprobs") and 0 <= body["top_logprobs"] <= 20):
        return "top_logprobs needs logprobs, and is 20 at most"
    if "response_format" in body:
        return _problem_of_format(body["response_format"])
    return ""


def _problem_of_format(given):
    if set(given) != {"type", "json_schema"} or given["type"] != "json_schema":
        return "response_format has another form"
    inner = given["json_schema"]
    if set(inner) != {"name", "strict", "schema"} or inner["strict"] is not True:
        return "json_schema has another form"
    return _problem_of_schema(inner["schema"])


def _problem_of_schema(schema):
    """What OpenAI's strict schemas demand."""
    if schema["type"] == "object":
        if schema["additionalProperties"] or schema["required"] != list(schema["properties"]):
            return "an object that is not strict"
        return next(filter(None, map(_problem_of_schema, schema["properties"].values())), "")
    if schema["type"] == "array":
        allowed = set(schema) <= {"type", "items", "maxItems", "minItems"}
        return _problem_of_schema(schema["items"]) if allowed else "uncommon fields of an array"
    return "" if set(schema) == {"type", "enum"} and schema["enum"] else "a string without enum"
