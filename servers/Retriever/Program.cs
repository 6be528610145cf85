using System.CommandLine;
using System.Globalization;
using AgentTeams.Servers;
using ModelContextProtocol.Server;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = new Option<string>("--folder") { Description = "The folder of the texts.", Required = true };
var index = new Option<string?>("--index") { Description = "The file of the index; in memory unless given." };
var extensions = new Option<string[]>("--extensions") { Description = "What the names of text files end in.", DefaultValueFactory = _ => [".txt", ".md"], AllowMultipleArgumentsPerToken = true };
var size = new Option<int>("--chunk") { Description = "Characters of a passage, 100 to 100000.", DefaultValueFactory = _ => 1000 };
var overlap = new Option<int>("--overlap") { Description = "Characters that neighbouring passages share at most; less than --chunk.", DefaultValueFactory = _ => 200 };
var root = new RootCommand("An MCP server over standard streams that searches a folder of texts.") { folder, index, extensions, size, overlap };
root.SetAction(async (parsed, cancellationToken) =>
{
    var options = new RetrieverOptions
    {
        Folder = parsed.GetValue(folder)!, Index = parsed.GetValue(index), Extensions = parsed.GetValue(extensions)!, ChunkSize = parsed.GetValue(size), Overlap = parsed.GetValue(overlap),
    };
    try
    {
        options.Check();
        var texts = new TextFolder(options);
        using var words = new TextIndex(texts, options);
        var tools = new RetrieverTools(texts, words, options);
        McpServerOptions server = new()
        {
            ServerInfo = new() { Name = "retriever", Version = "1.0" },
            ServerInstructions = "Searches a folder of texts. Cite what you use by file and lines.",
            Capabilities = new() { Tools = new(), Resources = new() },
            ToolCollection = tools.Create(),
            Handlers = new()
            {
                ListResourcesHandler = (_, stop) => tools.ListAsync(stop),
                ReadResourceHandler = (request, stop) => tools.ReadAsync(request.Params.Uri, stop),
            },
        };
        await using var transport = new StdioServerTransport(server);
        await using var running = McpServer.Create(transport, server);
        await running.RunAsync(cancellationToken);
        return 0;
    }
    catch (RetrieverException e)
    {
        await Console.Error.WriteLineAsync($"error: {e.Message}");
        return 1;
    }
});
return await root.Parse(args).InvokeAsync();
