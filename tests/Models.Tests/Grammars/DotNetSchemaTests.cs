using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The schemas that .NET's own exporter writes for .NET types, and that what is sampled under them becomes such a type again.</summary>
public sealed class DotNetSchemaTests
{
    private static readonly JsonSerializerOptions s_options = AIJsonUtilities.DefaultOptions;

    [Theory]
    [InlineData(typeof(Appointment))]
    [InlineData(typeof(Order))]
    [InlineData(typeof(Shape))]
    [InlineData(typeof(Shape[]))]
    [InlineData(typeof(Dictionary<string, long>))]
    [InlineData(typeof(Dictionary<string, Dictionary<string, DateOnly>>))]
    [InlineData(typeof((long, string)))]
    [InlineData(typeof(Tuple<long, DateTime>))]
    [InlineData(typeof(Tree))]
    [InlineData(typeof(TimeOnly))]
    [InlineData(typeof(Version))]
    [InlineData(typeof(double))]
    [InlineData(typeof(DayOfWeek?))]
    public void Sample_TypeOfDotNet_IsReadAsThatType(Type type)
    {
        var schema = AIJsonUtilities.CreateJsonSchema(type, serializerOptions: s_options).GetRawText();
        for (var seed = 0; seed < 40; seed++)
        {
            var reply = GrammarWalk.Sample(schema, seed, 900);
            var value = JsonSerializer.Deserialize(reply, type, s_options);
            var results = new List<ValidationResult>();
            Assert.True(value is null || Validator.TryValidateObject(value, new ValidationContext(value), results, validateAllProperties: true), $"{reply} {string.Join(' ', results)}");
        }
    }

    [Fact]
    public void From_ToolsWithSuchParameters_AreAllOffered()
    {
        var tools = new List<AITool>
        {
            AIFunctionFactory.Create((DateTime from, DateTimeOffset to, TimeSpan length, Guid id, Uri link) => "", "book"),
            AIFunctionFactory.Create(([Range(1, 5)] int stars, [StringLength(20, MinimumLength = 2)] string text, [RegularExpression("[A-Z]{3}-\\d+")] string code) => "", "rate"),
            AIFunctionFactory.Create((Shape shape, Dictionary<string, string> tags, JsonElement anything) => "", "draw"),
        };
        foreach (var tool in tools)
        {
            var options = new ChatOptions { Tools = tools, ToolMode = ChatToolMode.RequireSpecific(tool.Name) };
            var grammar = TokenGrammars.Get(TestTokenizer.Instance, TestTokenizer.StopIds, SamplingOptions.From(options, null).Grammar!);
            var result = TestTokenizer.Sample(TestTokenizer.Request(grammar, 1500), TestTokenizer.RandomLogits(3));
            var call = ReplyParts.WholeCall(TestTokenizer.Instance.Decode(result.Ids), ToolCallFormat.Bare);
            Assert.Equal(tool.Name, call!.Name);
        }
    }

    [Theory]
    [InlineData("""{"type":"object"}""", """{"a":{"b":[1,null]}}""")]
    [InlineData("""{"type":"array","items":{"type":"object"}}""", """[{"a":1},{}]""")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}]}""", """[1,"a",true]""")]
    [InlineData("""{"type":"array","items":[{"type":"integer"}],"additionalItems":{"type":"string"}}""", """[1,"a","b"]""")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"}],"items":false}""", "[1]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", """{"a":1,"b":"x","aa":"y"}""")]
    [InlineData("""{"type":"object","properties":{"a":{}},"required":["b"]}""", """{"a":1,"b":2}""")]
    [InlineData("""{"type":"object","patternProperties":{"^x-":{"type":"integer"}}}""", """{"x-a":1}""")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"null"}}}]}""", """{"a":1,"b":null}""")]
    [InlineData("""{"type":"integer","minimum":-5,"exclusiveMaximum":120}""", "119")]
    [InlineData("""{"type":"integer","minimum":9223372036854775807}""", "9223372036854775807")]
    [InlineData("""{"type":"number","minimum":0.25,"maximum":1}""", "0.25")]
    [InlineData("""{"type":"string","pattern":"^\\d{3}-[a-z]+$"}""", "\"123-abc\"")]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"abcé\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"")]
    public void Accepts_WhatTheSchemaAllows(string schema, string value) => Assert.True(GrammarWalk.Accepts(schema, value));

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", """{"a":1,"a":"x"}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", """{"\u0061":"x"}""")]
    [InlineData("""{"type":"object","patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":true}""", """{"x-a":"no"}""")]
    [InlineData("""{"type":"integer","minimum":-5,"exclusiveMaximum":120}""", "120")]
    [InlineData("""{"type":"integer","minimum":-5}""", "-6")]
    [InlineData("""{"type":"integer"}""", "9223372036854775808")]
    [InlineData("""{"type":"number"}""", "1e309")]
    [InlineData("""{"type":"number","minimum":0.25,"exclusiveMaximum":1}""", "1.000")]
    [InlineData("""{"type":"number","exclusiveMinimum":0.25}""", "0.2500")]
    [InlineData("""{"type":"string","pattern":"^a$"}""", "\"a\\n\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2023-02-29\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"1900-02-29\"")]
    public void Accepts_WhatTheSchemaForbids_IsFalse(string schema, string value) => Assert.False(GrammarWalk.Accepts(schema, value));

    internal sealed record Appointment(DateTime From, DateTimeOffset To, DateOnly Day, TimeSpan Length, Guid Id, Uri Link);

    internal sealed record Order
    {
        [Range(1, 99)]
        public required int Count { get; init; }

        [Range(0.5, 2.25)]
        public required double Weight { get; init; }

        [StringLength(8, MinimumLength = 3), RegularExpression("^[^!-/]+$")]
        public required string Name { get; init; }

        [RegularExpression("^[A-Z]{2}-\\d{1,4}$")]
        public required string Code { get; init; }

        [EmailAddress]
        public string? Mail { get; init; }

        [MaxLength(2)]
        public required long[] Parts { get; init; }
    }

    [JsonPolymorphic]
    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    internal abstract record Shape(string Color);

    internal sealed record Circle(string Color, double Radius) : Shape(Color);

    internal sealed record Square(string Color, double Side, DateOnly? Cut) : Shape(Color);

    internal sealed record Tree(long Value, Tree? Left, Tree? Right);
}
