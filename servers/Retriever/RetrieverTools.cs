using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Servers;

/// <summary>What <c>search</c> answers.</summary>
internal sealed record SearchAnswer(IReadOnlyList<Hit> Hits);

/// <summary>What <c>read</c> answers.</summary>
internal sealed record ReadAnswer(string File, int From, int To, int Lines, string Text);

/// <summary>The index as MCP tools, and the folder's files as resources.</summary>
internal sealed class RetrieverTools(TextFolder folder, TextIndex index, RetrieverOptions options)
{
    private const string Scheme = "text:///";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public McpServerPrimitiveCollection<McpServerTool> Create() =>
    [
        new StrictTool(McpServerTool.Create(Search, Options("search", "Search", "Finds the passages of the texts that fit the words of a query best (BM25). Cite them by file and lines.", typeof(SearchAnswer)))),
        new StrictTool(McpServerTool.Create(Read, Options("read", "Read lines", "Returns lines of one of the texts.", typeof(ReadAnswer)))),
    ];

    public ValueTask<ListResourcesResult> ListAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(new ListResourcesResult { Resources = [.. folder.Files().Select(f => new Resource { Uri = Uri(f.Name), Name = f.Name, MimeType = MimeType(f.Name), Size = f.File.Length })] });
    }

    public async ValueTask<ReadResourceResult> ReadAsync(string uri, CancellationToken cancellationToken)
    {
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal)) throw new McpProtocolException($"'{uri}' is no resource of this server; they begin with {Scheme}.", McpErrorCode.InvalidParams);
        try
        {
            var name = System.Uri.UnescapeDataString(uri[Scheme.Length..]);
            return new() { Contents = [new TextResourceContents { Uri = uri, MimeType = MimeType(name), Text = await File.ReadAllTextAsync(folder.Resolve(name), cancellationToken) }] };
        }
        catch (Exception e) when (e is RetrieverException or IOException or UnauthorizedAccessException)
        {
            throw new McpProtocolException(e.Message, e, McpErrorCode.InvalidParams);
        }
    }

    private static McpServerToolCreateOptions Options(string name, string title, string description, Type answer) => new()
    {
        Name = name,
        Title = title,
        Description = description,
        ReadOnly = true,
        Destructive = false,
        Idempotent = true,
        OpenWorld = false,
        UseStructuredContent = true,
        OutputSchema = AIJsonUtilities.CreateJsonSchema(answer, serializerOptions: Json),
        SerializerOptions = Json,
    };

    private static string Uri(string name) => Scheme + string.Join('/', name.Split('/').Select(System.Uri.EscapeDataString));

    private static string MimeType(string name) => name.EndsWith(".md", StringComparison.OrdinalIgnoreCase) ? "text/markdown" : "text/plain";

    private CallToolResult Search(
        [Description("Words to look for; passages that hold more and rarer ones come first.")] string query,
        [Description("The most passages to return, 1 to 50.")] int limit = 5,
        CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > 50) throw new McpException($"limit is {limit}; give 1 to 50.");
        return Answer(new SearchAnswer(index.Search(query, limit, cancellationToken)));
    }

    private async Task<CallToolResult> Read(
        [Description("The file's name, as search gives it.")] string file,
        [Description("The first line, from 1.")] int from = 1,
        [Description("The last line; by default as many as are returned at once.")] int? to = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            var lines = await File.ReadAllLinesAsync(folder.Resolve(file), cancellationToken);
            var last = Math.Min(Math.Min(to ?? int.MaxValue, lines.Length), from + options.MaxLines - 1);
            if (from < 1 || (to is { } end && end < from)) throw new McpException($"from {from} to {to} is no range of lines; they count from 1.");
            if (from > lines.Length) throw new McpException($"'{file}' has {lines.Length} lines.");
            var text = string.Join('\n', lines[(from - 1)..last]);
            return Answer(new ReadAnswer(file, from, last, lines.Length, text));
        }
        catch (Exception e) when (e is RetrieverException or IOException or UnauthorizedAccessException)
        {
            throw new McpException(e.Message, e);
        }
    }

    // The same as text, for clients that know no structured content.
    private static CallToolResult Answer<T>(T answer) =>
        new() { Content = [new TextContentBlock { Text = JsonSerializer.Serialize(answer, Json) }], StructuredContent = JsonSerializer.SerializeToElement(answer, Json) };
}
