using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>
/// What a reply may be, byte by byte: JSON that satisfies a schema, or a call of a tool, or either. <see cref="Text"/> says it
/// all, so a recorded text gives the same grammar again.
/// </summary>
/// <remarks>
/// What is read is compact: no white space outside strings, so that no model can loop on spaces. Objects and arrays nest at most
/// <see cref="MaxDepth"/> deep, because readers stop at 64. Integers fit 64 bits and numbers a double. Keys that a schema does not name may repeat.
/// </remarks>
internal sealed class Grammar
{
    /// <summary>How deep objects and arrays may nest.</summary>
    public const int MaxDepth = 60;

    /// <summary>The most bytes that the shortest way to satisfy a grammar may have.</summary>
    public const int MaxShortest = 60_000;

    /// <summary>The schema of any JSON object.</summary>
    public static readonly JsonElement JsonObject = JsonSerializer.SerializeToElement(new { type = "object", additionalProperties = true });

    private static readonly JsonWriterOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Grammar(string text, JsonElement source)
    {
        Text = text;
        Graph = new RuleGraph();
        Start = Graph.AddState();
        var json = new JsonRules(Graph);
        var end = Graph.AddState();
        Graph.Accept(end);
        if (source.TryGetProperty("schema", out var schema)) Graph.Call(Start, new SchemaCompiler(Graph, json, schema, "#").Compile(), end);
        if (source.TryGetProperty("tools", out var tools)) AddTools(json, tools, FormatOf(source), end);
        Shortest = new ShortestCompletion(Graph);
        if (Shortest.Length(Start) > MaxShortest)
            throw new AgentTeamsException($"No reply of up to {MaxShortest} bytes satisfies the JSON schema. Let its recursion end, for example through an "
                + "optional property, 'null' or an empty array, and lower its least lengths.");
        if (Shortest.Height(Start) > MaxDepth)
            throw new AgentTeamsException($"Every reply that satisfies the JSON schema nests more than {MaxDepth} levels deep. Flatten it.");
    }

    /// <summary>
    /// The canonical text: <c>{"schema": …}</c> and, for tool calls, <c>{"tools": [{"name", "arguments"}], "prefix", "suffix", "argumentsKey"}</c>.
    /// </summary>
    public string Text { get; }

    public RuleGraph Graph { get; }

    public int Start { get; }

    public ShortestCompletion Shortest { get; }

    /// <summary>The text of the grammar of a JSON schema.</summary>
    public static string ForSchema(JsonElement schema) => Write(schema, [], ToolCallFormat.Bare);

    /// <summary>The text of the grammar of one call of one of some tools.</summary>
    /// <param name="tools">Names and the schemas of their arguments; at least one.</param>
    /// <param name="format">How a call is written.</param>
    /// <param name="answer">The schema of an answer that is allowed instead of a call; null for none.</param>
    public static string ForToolCall(IEnumerable<(string Name, JsonElement Arguments)> tools, ToolCallFormat format, JsonElement? answer = null) =>
        Write(answer, [.. tools], format);

    /// <summary>Compiles a canonical text.</summary>
    /// <exception cref="AgentTeamsException">It is no grammar, or its schema says what cannot be kept.</exception>
    public static Grammar Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var source = document.RootElement;
            if (source.ValueKind != JsonValueKind.Object || !(source.TryGetProperty("schema", out _) || source.TryGetProperty("tools", out _)))
                throw new AgentTeamsException($"The text is no grammar: it has neither 'schema' nor 'tools'. Pass one that a trace recorded.");
            return new Grammar(text, source);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new AgentTeamsException($"The text is no grammar: {e.Message} Pass one that a trace recorded.", e);
        }
    }

    private void AddTools(JsonRules json, JsonElement tools, ToolCallFormat format, int end)
    {
        var (open, close) = (Graph.AddState(), Graph.AddState());
        Graph.Read(Start, Encoding.UTF8.GetBytes(format.Prefix), open);
        foreach (var tool in tools.EnumerateArray())
        {
            var name = Part(tool, "name").GetString()!;
            var (before, after) = (Graph.AddState(), Graph.AddState());
            Graph.Read(open, Encoding.UTF8.GetBytes(format.Opening(name)), before);
            Graph.Call(before, new SchemaCompiler(Graph, json, Part(tool, "arguments"), $"tool '{name}' #").Compile(), after);
            Graph.Read(after, '}', close);
        }

        Graph.Read(close, Encoding.UTF8.GetBytes(format.Suffix), end);
    }

    private static JsonElement Part(JsonElement tool, string key) => tool.TryGetProperty(key, out var part)
        ? part
        : throw new AgentTeamsException($"The text is no grammar: a tool in it has no '{key}'. Pass one that a trace recorded.");

    private static ToolCallFormat FormatOf(JsonElement source)
    {
        return new(Literal("prefix", ToolCallFormat.Bare.Prefix), Literal("suffix", ToolCallFormat.Bare.Suffix),
            Literal("argumentsKey", ToolCallFormat.Bare.ArgumentsKey));

        string Literal(string name, string absent) => source.TryGetProperty(name, out var value) ? value.GetString() ?? absent : absent;
    }

    private static string Write(JsonElement? schema, List<(string Name, JsonElement Arguments)> tools, ToolCallFormat format)
    {
        if (format.Prefix.Length > 0 && char.IsWhiteSpace(format.Prefix[0]))
            throw new AgentTeamsException($"The text before a tool call, '{format.Prefix}', begins with white space, which replies are trimmed of. Leave it "
                + "out.");
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_compact))
        {
            writer.WriteStartObject();
            if (schema is { } answer)
            {
                writer.WritePropertyName("schema");
                answer.WriteTo(writer);
            }

            if (tools.Count > 0) WriteTools(writer, tools, format);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteTools(Utf8JsonWriter writer, List<(string Name, JsonElement Arguments)> tools, ToolCallFormat format)
    {
        writer.WriteStartArray("tools");
        foreach (var (name, arguments) in tools)
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WritePropertyName("arguments");
            arguments.WriteTo(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("prefix", format.Prefix);
        writer.WriteString("suffix", format.Suffix);
        writer.WriteString("argumentsKey", format.ArgumentsKey);
    }
}
