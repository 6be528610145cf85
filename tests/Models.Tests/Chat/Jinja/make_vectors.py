"""Renders the templates of a folder with the real Jinja and writes what it gives, or that it refuses, to jinja_vectors.json.

Needs jinja2 3.1 (python3-jinja2). The environment is the one in which chat templates are run in Python: blocks are trimmed, tojson
writes what is not ASCII, and raise_exception, strftime_now and the generation tag exist.
Usage: python3 make_vectors.py [folder of templates [file to write]]
"""
import datetime
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = refuse
day = datetime.datetime(2024, 3, 9, 15, 4)

add = {"type": "function", "function": {"name": "add", "description": "Adds \"two\" numbers — né", "parameters": {
    "type": "object", "properties": {"b": {"type": "number", "default": 1.5}, "a": {"type": ["integer", "null"], "enum": [1, 2]}, "c": {"type": "object", "additionalProperties": {"type": "string"}}},
    "required": ["a", "b"], "additionalProperties": False}}}
now = {"type": "function", "function": {"name": "now", "description": "Time", "parameters": {"type": "object", "properties": {}}}}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, id="abcDEF123", **arguments):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


user, system = message("user", "  How many? 東京 🚀 \n"), message("system", "Be\nbrief.\n")
answer = message("assistant", "\n\nTwo.  ")
conversations = [
    [user],
    [system, user],
    [user, answer, message("user", "Why <b>?")],
    [system, user, answer, message("user", "/nothink"), message("assistant", "<think>\nbecause\n</think>\n\nso")],
    [user, message("assistant", "", tool_calls=[call("add", a=1, b=2.5)]), message("tool", "3.5", tool_call_id="abcDEF123", name="add"), message("assistant", "It is 3.5.", reasoning_content="hm\n")],
    [system, user, message("assistant", "I look.", tool_calls=[call("now"), call("add", id="abcDEF124", a=None, b="é\"\n")]), message("tool", "noon", tool_call_id="abcDEF123", name="now"),
     message("tool", "{\"x\": [1]}", tool_call_id="abcDEF124", name="add"), message("user", "<tool_response>no</tool_response>")],
    [user, user],
    [answer],
]
settings = [{}, {"tools": [add, now]}, {"enable_thinking": False}, {"add_generation_prompt": False}]
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "templates")
target = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent / "jinja_vectors.json")
vectors = {}
for path in sorted(folder.glob("*.jinja")):
    template = environment.from_string(path.read_text(encoding="utf-8"))
    cases = vectors[path.stem] = []
    for messages in conversations:
        for setting in settings:
            values = {"messages": messages, "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>", **setting}
            try:
                rendered = template.render(strftime_now=day.strftime, **values)
            except (jinja2.exceptions.TemplateError, TypeError) as refusal:
                rendered = None
            cases.append({"values": values, "rendered": rendered})
    print(path.stem, len(cases), sum(c["rendered"] is None for c in cases), "refused")
target.write_text(json.dumps(vectors, ensure_ascii=False, indent=0), encoding="utf-8")
