using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Whatever the logits are, what is sampled under a grammar is JSON that satisfies the schema, and ends in time.</summary>
public sealed class TokenGrammarTests
{
    public static TheoryData<string> Schemas { get; } =
    [
        """{"type":"string"}""",
        """{"type":"integer"}""",
        """{"type":"number"}""",
        """{"type":["boolean","null","string"],"maxLength":3}""",
        """{"enum":["red","green","gr\"een\n",1,12,null,{"a":[1]}]}""",
        """{"const":"東京 🚀"}""",
        """{"type":"string","minLength":4,"maxLength":6}""",
        """{"type":"array","items":{"enum":["red","green"]},"minItems":2,"maxItems":4}""",
        """{"type":"array","items":{"type":"array","items":true,"maxItems":1}}""",
        """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"},"c":{"type":"string"}},"required":["b"]}""",
        """{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"},"c":{"type":"null"}}}""",
        """{"type":"object","additionalProperties":{"type":"number"}}""",
        """{"type":"object"}""",
        """{}""",
        """{"type":"object","properties":{"value":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["value","next"]}""",
        """{"$defs":{"tree":{"type":"object","properties":{"name":{"type":"string","maxLength":5},"children":{"type":"array","items":{"$ref":"#/$defs/tree"}}},"required":["name","children"]}},"$ref":"#/$defs/tree"}""",
        """{"oneOf":[{"type":"object","properties":{"kind":{"const":"x"},"a":{"type":"integer"}},"required":["kind"]},{"type":"object","properties":{"kind":{"const":"y"},"b":{"type":"string"}},"required":["kind","b"]}]}""",
    ];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Sample_RandomLogits_SatisfiesTheSchema(string schema)
    {
        var grammar = TestTokenizer.Compile(schema);
        foreach (var budget in (int[])[grammar.Shortest, grammar.Shortest + 1, grammar.Shortest + 7, 150])
        {
            for (var seed = 0; seed < 40; seed++)
            {
                var result = TestTokenizer.Sample(TestTokenizer.Request(grammar, budget, seed, temperature: 2), TestTokenizer.RandomLogits(seed));
                Assert.Equal(TestTokenizer.StopIds[0], result.Ids[^1]);
                Assert.InRange(result.Ids.Length, 1, budget);
                var text = TestTokenizer.Instance.Decode(result.Ids);
                Assert.True(SchemaValidator.IsValid(text, schema), text);
            }
        }
    }

    [Fact]
    public void Mask_BelowTheShortestReply_Throws()
    {
        var grammar = TestTokenizer.Compile("""{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}""");
        var logits = new float[TestTokenizer.Instance.VocabularySize];
        grammar.Mask(grammar.Start, grammar.Shortest, logits);
        Assert.Throws<AgentTeamsException>(() => grammar.Mask(grammar.Start, grammar.Shortest - 1, logits));
    }

    [Fact]
    public void Shortest_KnownReplies_CountsTokensAndTheEnd()
    {
        Assert.Equal(2, TestTokenizer.Compile("""{"type":"integer"}""").Shortest);
        Assert.Equal(1 + TestTokenizer.Instance.Encode("true").Length, TestTokenizer.Compile("""{"const":true}""").Shortest);
    }

    [Fact]
    public void Sample_LogitsThatWantToGoOn_AreLedToTheEnd()
    {
        var grammar = TestTokenizer.Compile("""{"type":"object","properties":{"text":{"type":"string"},"list":{"type":"array","items":{"type":"integer"}}},"required":["text","list"]}""");
        var x = TestTokenizer.Instance.Encode("x")[0];
        var wantsX = new float[TestTokenizer.Instance.VocabularySize];
        wantsX[x] = 50;
        var result = TestTokenizer.Sample(TestTokenizer.Request(grammar, 40), _ => wantsX);
        Assert.Equal(40, result.Ids.Length);
        Assert.True(result.Stopped);
        using var json = JsonDocument.Parse(TestTokenizer.Instance.Decode(result.Ids));
        Assert.Contains("xxxxxxxxxx", json.RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_DeepRecursion_StopsBeforeReadersDo()
    {
        var grammar = TestTokenizer.Compile("""{"type":"array","items":{"$ref":"#"}}""");
        var open = TestTokenizer.Instance.Encode("[")[0];
        var deeper = new float[TestTokenizer.Instance.VocabularySize];
        deeper[open] = 50;
        var result = TestTokenizer.Sample(TestTokenizer.Request(grammar, 1000), _ => deeper);
        using var json = JsonDocument.Parse(TestTokenizer.Instance.Decode(result.Ids));
        Assert.Equal(JsonValueKind.Array, json.RootElement.ValueKind);
    }

    [Fact]
    public void Sample_AmbiguousRecursion_StaysSmallAndValid()
    {
        const string Schema = """{"$defs":{"a":{"type":"array","items":{"$ref":"#"}},"b":{"type":"array","items":{"$ref":"#"},"minItems":0}},"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"},{"type":"null"}]}""";
        for (var seed = 0; seed < 10; seed++)
        {
            var result = TestTokenizer.Sample(TestTokenizer.Request(TestTokenizer.Compile(Schema), 80, seed), TestTokenizer.RandomLogits(seed));
            Assert.True(SchemaValidator.IsValid(TestTokenizer.Instance.Decode(result.Ids), Schema));
        }
    }

    [Fact]
    public void Sample_ToolCall_IsOneOfTheToolsBetweenTheLiterals()
    {
        var tools = new[] { AIFunctionFactory.Create((int a, int b) => a + b, "add"), AIFunctionFactory.Create((string text, Color? color) => text, "paint") };
        var text = Grammar.ForToolCall(tools.Select(t => (t.Name, t.JsonSchema)), new("<call>\n", "\n</call>", "values"));
        var grammar = TokenGrammars.Get(TestTokenizer.Instance, TestTokenizer.StopIds, text);
        var names = new HashSet<string>();
        for (var seed = 0; seed < 40; seed++)
        {
            var reply = TestTokenizer.Instance.Decode(TestTokenizer.Sample(TestTokenizer.Request(grammar, 120, seed), TestTokenizer.RandomLogits(seed)).Ids);
            Assert.StartsWith("<call>\n{", reply, StringComparison.Ordinal);
            Assert.EndsWith("}\n</call>", reply, StringComparison.Ordinal);
            using var call = JsonDocument.Parse(reply[7..^8]);
            var name = call.RootElement.GetProperty("name").GetString()!;
            names.Add(name);
            Assert.True(SchemaValidator.IsValid(call.RootElement.GetProperty("values").GetRawText(), tools.Single(t => t.Name == name).JsonSchema.GetRawText()), reply);
        }

        Assert.Equal(2, names.Count);
    }

    [Fact]
    public void Sample_SchemaOfAType_DeserializesToIt()
    {
        var schema = ((ChatResponseFormatJson)ChatResponseFormat.ForJsonSchema<Plan>()).Schema!.Value;
        var grammar = TokenGrammars.Get(TestTokenizer.Instance, TestTokenizer.StopIds, Grammar.ForSchema(schema));
        for (var seed = 0; seed < 40; seed++)
        {
            var result = TestTokenizer.Sample(TestTokenizer.Request(grammar, 200, seed), TestTokenizer.RandomLogits(seed));
            Assert.NotNull(JsonSerializer.Deserialize<Plan>(TestTokenizer.Instance.Decode(result.Ids), AIJsonUtilities.DefaultOptions));
        }
    }

    [Fact]
    public void Get_LimitedMemory_ForgetsWithoutChangingWhatIsAllowed()
    {
        using var schema = JsonDocument.Parse("""{"type":"object","additionalProperties":true}""");
        var compiled = Grammar.Parse(Grammar.ForSchema(schema.RootElement));
        var (small, large) = (new GrammarAutomaton(compiled, 20_000), new GrammarAutomaton(compiled, 1L << 30));
        var (a, b) = (small.Start, large.Start);
        foreach (var c in """{"a":[[{"b":[1,2,{"c":"d"}]}],[null,true,{"e":[["f"]]}]]}"""u8)
        {
            (a, b) = (small.Next(a, c), large.Next(b, c));
            Assert.Equal(b.Paths, a.Paths);
        }

        Assert.True(a.IsComplete);
    }

    private enum Color
    {
        Red,
        Green,
    }

    private sealed record Plan(string Title, List<Step> Steps, double? Score, Color Color);

    private sealed record Step(long Number, string? Text, Step? Next);
}
