using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Json.Schema;

namespace AgentTeams.Tests;

/// <summary>Random schemas, random walks through their grammars, and a validator that is not ours.</summary>
public sealed class SchemaPropertyTests
{
    private const int Depth = 3;
    private static readonly int s_iterations = TestDepth.Of(400);
    private static readonly string[] s_patterns = ["^[a-c]{1,3}$", "x", "^a|b$", "\\d+-\\w", "^(?:no|yes)?$", "[^a-y]$", "^\\S+\\s\\S+$"];
    private static readonly string[] s_formats = ["date", "date-time", "uuid", "uri", "email", "ipv4", "hostname", "duration"];
    private static readonly EvaluationOptions s_options = new() { RequireFormatValidation = true };

    [Fact]
    public void Sample_AnySchema_ValidatesAgainstIt()
    {
        var validated = 0;
        Gen.Select(Schema(Depth), Gen.Int[0, 1_000_000]).Sample((node, seed) => validated += Validate(node, seed), iter: s_iterations, threads: 1, seed: "0000000000001");
        Assert.True(validated > s_iterations / 2, $"only {validated} were validated");
    }

    private static int Validate(JsonObject node, int seed)
    {
        var schema = node.ToJsonString();
        string reply;
        try
        {
            // That many tokens go through every part of schemas this small; the limit then forces the reply to its end.
            reply = GrammarWalk.Sample(schema, seed, Math.Max(60, TestTokenizer.Compile(schema).Shortest + 30));
        }
        catch (AgentTeamsException e) when (e.Message.Contains("No reply", StringComparison.Ordinal) || e.Message.Contains("no value is allowed", StringComparison.Ordinal) || e.Message.Contains("'oneOf'", StringComparison.Ordinal))
        {
            // Random parts contradict each other now and then, and alternatives overlap.
            return 0;
        }

        using var value = JsonDocument.Parse(reply);
        try
        {
            Assert.True(JsonSchema.FromText(schema, new BuildOptions { SchemaRegistry = new SchemaRegistry() }).Evaluate(value.RootElement, s_options).IsValid, $"{schema}\n{reply}");
            return 1;
        }
        catch (FormatException)
        {
            // The validator compares numbers with listed values as decimals, which not all doubles fit.
            return 0;
        }
    }

    private static Gen<JsonObject> Schema(int depth)
    {
        var scalars = Gen.OneOf(Strings, Numbers, Formats, Values, Gen.Const(() => new JsonObject { ["type"] = new JsonArray("null", "boolean") }));
        if (depth == 0) return scalars;
        var inner = Schema(depth - 1);
        return Gen.Frequency((3, scalars), (2, Objects(inner)), (1, Arrays(inner)), (1, Combined(inner)), (1, Gen.Const(() => new JsonObject { ["type"] = "object" })));
    }

    // The validator counts grapheme clusters where the standard counts characters; up to a least length of 1 both agree.
    private static Gen<JsonObject> Strings => Gen.Select(Gen.Int[0, 1], Gen.Int[0, 6], Gen.Int[0, s_patterns.Length * 2]).Select((least, more, pattern) =>
    {
        var schema = new JsonObject { ["type"] = "string", ["minLength"] = least, ["maxLength"] = least + more };
        if (pattern < s_patterns.Length) schema["pattern"] = s_patterns[pattern];
        return schema;
    });

    private static Gen<JsonObject> Formats => Gen.Int[0, s_formats.Length - 1].Select(i => new JsonObject { ["type"] = "string", ["format"] = s_formats[i] });

    private static Gen<JsonObject> Numbers => Gen.Select(Gen.Bool, Gen.Int[-3000, 3000], Gen.Int[0, 400], Gen.Int[0, 3], Gen.Int[0, 3]).Select((whole, low, range, scale, kind) =>
    {
        // A value that is written with a scale keeps its digits.
        JsonNode Of(int value) => JsonNode.Parse((value / (decimal)Math.Pow(10, scale)).ToString(System.Globalization.CultureInfo.InvariantCulture))!;
        var schema = new JsonObject { ["type"] = whole ? "integer" : "number" };
        if (kind != 1) schema[kind == 2 ? "exclusiveMinimum" : "minimum"] = Of(low);
        if (kind != 3) schema[kind == 2 ? "exclusiveMaximum" : "maximum"] = Of(low + range);
        return schema;
    });

    private static Gen<JsonObject> Values => Gen.Int[0, 3].Select(i => new JsonObject { ["enum"] = i % 2 == 0 ? new JsonArray("a", "bé\"", 3) : new JsonArray(1.5, null, true) });

    private static Gen<JsonObject> Objects(Gen<JsonObject> inner) => Gen.Select(inner, inner, inner, Gen.Int[0, 11], Gen.Int[0, 15]).Select((a, b, more, kind, required) =>
    {
        var schema = new JsonObject { ["type"] = "object" };
        if (kind != 0) schema["properties"] = new JsonObject { ["a"] = a, ["ab"] = b };
        if (kind % 3 == 0) schema["additionalProperties"] = more.DeepClone();
        if (kind % 3 == 1) schema["additionalProperties"] = kind % 2 == 0;
        if (kind > 7) schema["patternProperties"] = new JsonObject { ["^a"] = more.DeepClone(), [s_patterns[kind - 8]] = true };
        string[] names = ["a", "ab", "c", "abc"];
        if (required > 0) schema["required"] = new JsonArray([.. names.Where((_, i) => (required >> i & 1) == 1).Select(n => (JsonNode)n)]);
        return schema;
    });

    private static Gen<JsonObject> Arrays(Gen<JsonObject> inner) => Gen.Select(inner, inner, Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 5]).Select((first, rest, least, more, kind) =>
    {
        var schema = new JsonObject { ["type"] = "array", ["minItems"] = least, ["maxItems"] = least + more };
        if (kind > 2) schema["prefixItems"] = new JsonArray(first, true);
        if (kind != 2) schema["items"] = kind == 5 ? false : rest;
        return schema;
    });

    private static Gen<JsonObject> Combined(Gen<JsonObject> inner) => Gen.Select(inner, inner, inner, Gen.Int[0, 4]).Select((a, b, beside, kind) =>
    {
        var schema = kind < 3 ? beside : new JsonObject();
        if (kind == 4)
        {
            // As System.Text.Json describes derived types.
            foreach (var (one, name) in ((JsonObject, string)[])[(a, "one"), (b, "two")])
            {
                var properties = new JsonObject { ["$type"] = new JsonObject { ["const"] = name }, ["value"] = one.DeepClone() };
                one.Clear();
                (one["properties"], one["required"]) = (properties, new JsonArray("$type"));
            }

            (schema["type"], schema["required"]) = ("object", new JsonArray("$type"));
        }

        schema[kind switch { 0 => "allOf", 1 => "oneOf", _ => "anyOf" }] = new JsonArray(a, b);
        return schema;
    });
}
