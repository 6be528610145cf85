using System.Text;
using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>The automaton against an independent parser and validator, and the edge of what schemas may say.</summary>
public sealed class GrammarTests
{
    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\"a\"", "\"b\"", "\"a\":", "\"b\":", "0", "1", "-", "12", ".5", "e3", "true", "false", "null", "\\u00e9", "\\ud83d", "\\ude80",
        "é", "東", "🚀", "\u0001", "red", "\"red\"", " ", "{}", "[]", "\\n", "\u007f",
    ];

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"type":"array","items":{"type":"number"},"maxItems":3}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":["string","null"]}}""")]
    [InlineData("""{"type":"array","items":{"type":"array","items":{"$ref":"#"},"minItems":1}}""")]
    [InlineData("""{"type":"string","minLength":1,"maxLength":2}""")]
    [InlineData("""{"type":"number"}""")]
    public void Accepts_RandomText_ExactlyWhatParsesCompactAndSatisfies(string schema)
    {
        var grammar = Automaton(schema);
        var accepted = 0;
        foreach (var text in RandomTexts(schema.Length).SelectMany(t => (string[])[t, $"\"{t}\"", $"[{t}]", $"{{\"a\":{t}}}", $"[[{t},[]]]"]))
        {
            var expected = IsCompact(text) && SchemaValidator.IsValid(text, schema);
            Assert.True(expected == Accepts(grammar, Encoding.UTF8.GetBytes(text)), text);
            if (expected) accepted++;
        }

        Assert.True(accepted > 20, $"only {accepted} accepted");
    }

    [Fact]
    public void Accepts_RandomBytesInAString_ExactlyWellFormedUtf8()
    {
        var grammar = Automaton("""{"type":"string"}""");
        var random = new Random(5);
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        var wellFormed = 0;
        for (var i = 0; i < 60_000; i++)
        {
            var bytes = new byte[random.Next(1, 5)];
            random.NextBytes(bytes);
            for (var b = 0; b < bytes.Length; b++) bytes[b] |= 0x80;
            if (i % 2 == 0) bytes = [.. Encoding.UTF8.GetBytes(char.ConvertFromUtf32(random.Next(0xA0, 0xD800)))];
            if (i % 4 == 0) bytes[^1]++;
            var expected = true;
            try
            {
                strict.GetString(bytes);
            }
            catch (DecoderFallbackException)
            {
                expected = false;
            }

            wellFormed += expected ? 1 : 0;
            Assert.True(expected == Accepts(grammar, [(byte)'"', .. bytes, (byte)'"']), Convert.ToHexString(bytes));
        }

        Assert.True(wellFormed > 1000);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a"]}""", """{"a":1,"b":2}""", """{"b":2,"a":1}""")]
    [InlineData("""{"type":"integer"}""", "-120", "1.0")]
    [InlineData("""{"type":"integer"}""", "0", "01")]
    [InlineData("""{"enum":[1,12]}""", "12", "13")]
    [InlineData("""{"enum":["a",1],"type":"string"}""", "\"a\"", "1")]
    [InlineData("""{"type":["integer","number"]}""", "1.5e-3", "1.")]
    [InlineData("""{"type":"string","format":"hostname"}""", "\"5-a-b.example\"", "\"55--a.example\"")]
    [InlineData("""{"type":"string","format":"email"}""", "\"E@o-o.xf\"", "\"E@oo--o.xf\"")]
    public void Accepts_ChosenForm_OnlyThat(string schema, string accepted, string refused)
    {
        var grammar = Automaton(schema);
        Assert.True(Accepts(grammar, Encoding.UTF8.GetBytes(accepted)));
        Assert.False(Accepts(grammar, Encoding.UTF8.GetBytes(refused)));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","pattern":"(?=x)"}}}""", "'pattern'", "#/properties/a")]
    [InlineData("""{"type":"string","pattern":"(a)\\1"}""", "'\\1'", "#")]
    [InlineData("""{"type":"string","pattern":"\\bx"}""", "'\\b'", "#")]
    [InlineData("""{"type":"string","pattern":"\\p{L}"}""", "'\\p'", "#")]
    [InlineData("""{"type":"object","patternProperties":{"[":{}}}""", "'patternProperties'", "#")]
    [InlineData("""{"type":"integer","minimum":"3"}""", "'minimum'", "#")]
    [InlineData("""{"type":"number","maximum":1e999}""", "'maximum'", "#")]
    [InlineData("""{"type":"integer","multipleOf":3}""", "'multipleOf'", "#")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "'uniqueItems'", "#")]
    [InlineData("""{"not":{}}""", "'not'", "#")]
    [InlineData("""{"$defs":{"x":{"type":"string","format":"idn-email"}},"items":{"$ref":"#/$defs/x"}}""", "idn-email", "#/$defs/x")]
    [InlineData("""{"type":"string","contentEncoding":"base32"}""", "base32", "#")]
    [InlineData("""{"anyOf":[{"allOf":[]}]}""", "no alternatives", "#/anyOf/0/allOf")]
    [InlineData("""{"type":"integer","minimum":3,"maximum":2}""", "No reply", "")]
    [InlineData("""{"type":"integer","minimum":1e30}""", "No reply", "")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"null"}]}""", "No reply", "")]
    [InlineData("""{"type":"object","required":["b"],"additionalProperties":false}""", "No reply", "")]
    [InlineData("""{"type":"strnig"}""", "'strnig'", "#")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "'minLength'", "#")]
    [InlineData("""{"type":"string","minLength":-1}""", "'minLength'", "#")]
    [InlineData("""{"type":"string","enum":["abc"],"maxLength":2}""", "no value", "#")]
    [InlineData("""{"enum":[[1]],"maxItems":2}""", "'maxItems'", "#")]
    [InlineData("""{"type":"string","enum":[1]}""", "no value", "#")]
    [InlineData("""{"$ref":"#/$defs/gone"}""", "'#/$defs/gone'", "#")]
    [InlineData("""{"$ref":"other.json"}""", "'other.json'", "#")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""", "back to itself", "#")]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"integer"}]}""", "'oneOf'", "#/oneOf")]
    [InlineData("""{"type":"object","properties":{"self":{"$ref":"#"}},"required":["self"]}""", "recursion", "")]
    [InlineData("""{"type":"string","maxLength":2000000000}""", "states", "")]
    [InlineData("""{"type":"string","minLength":100000}""", "bytes", "")]
    [InlineData("""{"items":[false],"minItems":1}""", "No reply", "")]
    [InlineData("""7""", "Number", "#")]
    public void Parse_WhatCannotBeKept_IsRefusedByNameAndPath(string schema, string named, string path)
    {
        var error = Assert.Throws<AgentTeamsException>(() => Automaton(schema));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"null"}]}""")]
    [InlineData("""{"type":"null","title":"t","description":"d","default":null,"examples":[1],"$comment":"c"}""")]
    [InlineData("""{"oneOf":[{"type":"null"},{"enum":["a"]}]}""")]
    [InlineData("""{"$ref":"#/$defs/n","items":{},"$defs":{"n":{"type":"null"}}}""")]
    public void Parse_HarmlessOddities_AreAccepted(string schema) => Assert.True(Accepts(Automaton(schema), "null"u8));

    [Theory]
    [InlineData("", "input does not contain any JSON tokens")]
    [InlineData("{}", "neither 'schema' nor 'tools'")]
    [InlineData("[]", "neither 'schema' nor 'tools'")]
    [InlineData("""{"tools":[{}]}""", "a tool in it has no 'name'")]
    [InlineData("""{"tools":[{"name":"add"}]}""", "a tool in it has no 'arguments'")]
    [InlineData("""{"tools":[7]}""", "requires an element of type 'Object'")]
    [InlineData("""{"schema":{"enum":["\ud800"]}}""", "surrogate")]
    public void Parse_NoGrammar_IsRefusedWithItsReason(string text, string reason)
    {
        var error = Assert.Throws<AgentTeamsException>(() => Grammar.Parse(text));
        Assert.Contains("The text is no grammar: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Parse_DoublingReferences_AreRefusedWithoutWritingThemOut()
    {
        var levels = Enumerable.Range(0, 40).Select(i =>
            """
            "d#":{"type":"object","properties":{"a":{"$ref":"#/$defs/d%"},"b":{"$ref":"#/$defs/d%"}},"required":["a","b"]}
            """
                .Replace("%", $"{i + 1}", StringComparison.Ordinal).Replace("d#", $"d{i}", StringComparison.Ordinal));
        Assert.Throws<AgentTeamsException>(() => Automaton("{\"$defs\":{" + string.Join(',', levels) + ",\"d40\":{\"type\":\"null\"}},\"$ref\":\"#/$defs/d0\"}"));
    }

    private static GrammarAutomaton Automaton(string schema)
    {
        using var parsed = JsonDocument.Parse(schema);
        return new GrammarAutomaton(Grammar.Parse(Grammar.ForSchema(parsed.RootElement)), 64 << 20);
    }

    private static bool Accepts(GrammarAutomaton automaton, ReadOnlySpan<byte> bytes)
    {
        var state = automaton.Start;
        foreach (var b in bytes) state = automaton.Next(state, b);
        return state.IsComplete;
    }

    private static IEnumerable<string> RandomTexts(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5_000; i++) yield return string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => s_pieces[random.Next(s_pieces.Length)]));
    }

    private static bool IsCompact(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var inString = false;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '\\') i++;
                else if (text[i] == '"') inString = !inString;
                else if (!inString && char.IsWhiteSpace(text[i])) return false;
            }

            // Half a surrogate pair parses, but is no text.
            return Strings(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is not null,
        JsonValueKind.Array => value.EnumerateArray().All(Strings),
        JsonValueKind.Object => value.EnumerateObject().All(p => p.Name.Length >= 0 && Strings(p.Value)),
        _ => true,
    };
}
