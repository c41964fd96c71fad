"""OpenAI's Python client, unchanged, against the server that SLUICE_URL names. Prints OK at the end."""
import os

import openai

url = os.environ["SLUICE_URL"]
client = openai.OpenAI(base_url=url + "/v1", api_key=os.environ.get("SLUICE_TOKEN", "unused"), max_retries=0)
ask = [{"role": "user", "content": "When do walruses whistle?"}]

names = [m.id for m in client.models.list()]
assert names[0] == "sluice", names
embeds = "sluice-embed" in names
assert client.models.retrieve("sluice").id == "sluice"

whole = client.chat.completions.create(model="sluice", messages=ask, temperature=0.5, extra_body={"sluice": {"source": ["docs"]}})
message = whole.choices[0].message
assert "whistle" in message.content and "[1]" in message.content and "Sources:" in message.content, message.content
mark = message.annotations[0].url_citation
assert message.content[mark.start_index:mark.end_index] == "[1]" and mark.url.startswith(url + "/?read="), mark
assert whole.model_extra["sluice"]["citations"][0]["path"] == "a.txt", whole.model_extra
assert whole.choices[0].finish_reason == "stop" and whole.usage.total_tokens >= 0

text, grounds, usage, finish, marks = "", None, None, None, []
for chunk in client.chat.completions.create(model="sluice", messages=ask, stream=True, stream_options={"include_usage": True}):
    for choice in chunk.choices:
        text += choice.delta.content or ""
        finish = choice.finish_reason or finish
        marks += (choice.delta.model_extra or {}).get("annotations") or []
    usage, grounds = chunk.usage or usage, (chunk.model_extra or {}).get("sluice") or grounds
assert text == message.content and finish == "stop" and usage is not None, text
assert grounds["citations"][0]["id"] == whole.model_extra["sluice"]["citations"][0]["id"]
assert marks[0]["url_citation"]["url"] == mark.url

response = client.responses.create(model="sluice", input=ask)
assert "whistle" in response.output_text, response
search = next(item for item in response.output if item.type == "file_search_call")
assert search.results[0].filename == "a.txt" and "walrus" in search.results[0].text.lower()
assert response.output[1].content[0].annotations[0].type == "url_citation"

with client.responses.stream(model="sluice", input="When do walruses whistle?") as stream:
    kinds = [event.type for event in stream]
    final = stream.get_final_response()
assert "response.output_text.annotation.added" in kinds and kinds[-1] == "response.completed", kinds
assert final.output_text == response.output_text

for wrong in [dict(model="gpt-none", messages=ask), dict(model="sluice", messages=[])]:
    try:
        client.chat.completions.create(**wrong)
        raise SystemExit(f"{wrong} was answered")
    except (openai.NotFoundError, openai.BadRequestError) as e:
        assert e.body["message"] and e.body["type"] == "invalid_request_error", e.body

if embeds:
    floats = client.embeddings.create(model="sluice-embed", input=["a walrus", "a lease"], encoding_format="float")
    packed = client.embeddings.create(model="sluice-embed", input=["a walrus", "a lease"])  # base64, by default
    assert len(packed.data) == 2
    for a, b in zip(floats.data, packed.data):
        assert max(abs(x - y) for x, y in zip(a.embedding, b.embedding)) < 1e-6
    short = client.embeddings.create(model="sluice-embed", input="a walrus", dimensions=8)
    assert len(short.data[0].embedding) == 8 and abs(sum(x * x for x in short.data[0].embedding) - 1) < 1e-5
else:
    try:
        client.embeddings.create(model="sluice-embed", input="a walrus")
        raise SystemExit("vectors without a model")
    except openai.BadRequestError as e:
        assert "sluice model" in e.body["message"], e.body

page = client.vector_stores.search("docs", query="walrus")
assert page.data[0].filename == "a.txt" and "alrus" in page.data[0].content[0].text, page.data
print("OK")
