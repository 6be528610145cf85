using AgentTeams.Mcp;

namespace AgentTeams.McpInterop;

/// <summary>A call of a tool with what is expected of it.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="IsError">Whether the tool is to say that something is wrong.</param>
internal sealed record Call(string Tool, Dictionary<string, object?> Arguments, bool IsError = false);

/// <summary>A server and the calls that use all of its tools.</summary>
internal sealed record Driven(McpStdioOptions Options, IReadOnlyList<Call> Calls)
{
    /// <summary>Tools that are known to be no tools for this client, with the reason that it gives.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];
}

internal static class Servers
{
    private static readonly Role s_helper = new() { Name = "helper", Instructions = "Answer the server.", Trainable = false };

    public static IEnumerable<Driven> All(string folder, string scratch)
    {
        yield return Everything(folder, scratch);
        yield return Filesystem(folder, scratch);
        yield return Memory(folder, scratch);
    }

    private static Driven Everything(string folder, string scratch) => new(
        Start(folder, "everything", []) with { Elicitation = McpElicitation.AskRun, Sampling = new(s_helper), Roots = [scratch], ProgressExtendsTimeout = true },
        [
            new("echo", With(("message", "hello"))),
            new("get-annotated-message", With(("messageType", "error"), ("includeImage", true))),
            new("get-env", []),
            new("get-resource-links", With(("count", 2))),
            new("get-resource-reference", With(("resourceType", "Blob"), ("resourceId", 1))),
            new("get-structured-content", With(("location", "Chicago"))),
            new("get-sum", With(("a", 2), ("b", 3))),
            new("get-sum", With(("a", "two"), ("b", 3)), IsError: true),
            new("get-tiny-image", []),
            new("gzip-file-as-resource", With(("name", "hello.gz"), ("data", "data:text/plain;base64,aGVsbG8="), ("outputType", "resource"))),
            new("toggle-simulated-logging", []),
            new("toggle-subscriber-updates", []),
            new("trigger-long-running-operation", With(("duration", 1), ("steps", 3))),
            new("get-roots-list", []),
            new("trigger-elicitation-request", []),
            new("trigger-url-elicitation", With(("url", "https://example.com/sign-in"), ("message", "Sign in."))),
            new("trigger-sampling-request", With(("prompt", "Say something."), ("maxTokens", 20))),
        ])
    {
        Skipped = ["simulate-research-query"],
    };

    private static Driven Filesystem(string folder, string scratch)
    {
        string In(string name) => Path.Combine(scratch, name);
        return new(Start(folder, "filesystem", [scratch]),
        [
            new("create_directory", With(("path", In("sub")))),
            new("write_file", With(("path", In("a.txt")), ("content", "one\ntwo\n"))),
            new("read_file", With(("path", In("a.txt")))),
            new("read_text_file", With(("path", In("a.txt")), ("head", 1))),
            new("read_multiple_files", With(("paths", new[] { In("a.txt"), In("none.txt") }))),
            new("edit_file", With(("path", In("a.txt")), ("edits", new[] { new { oldText = "one", newText = "1" } }))),
            new("list_directory", With(("path", scratch))),
            new("list_directory_with_sizes", With(("path", scratch))),
            new("directory_tree", With(("path", scratch))),
            new("move_file", With(("source", In("a.txt")), ("destination", In("sub/b.txt")))),
            new("search_files", With(("path", scratch), ("pattern", "**/*.txt"))),
            new("get_file_info", With(("path", In("sub/b.txt")))),
            new("read_media_file", With(("path", In("sub/b.txt")))),
            new("list_allowed_directories", []),
            new("read_text_file", With(("path", "/etc/passwd")), IsError: true),
        ]);
    }

    private static Driven Memory(string folder, string scratch) => new(
        Start(folder, "memory", []) with { EnvironmentVariables = new Dictionary<string, string?> { ["MEMORY_FILE_PATH"] = Path.Combine(scratch, "memory.jsonl") } },
        [
            new("create_entities", With(("entities", new[] { new { name = "Ada", entityType = "person", observations = new[] { "wrote the first program" } }, new { name = "Engine", entityType = "machine", observations = Array.Empty<string>() } }))),
            new("create_relations", With(("relations", new[] { new { from = "Ada", to = "Engine", relationType = "programmed" } }))),
            new("add_observations", With(("observations", new[] { new { entityName = "Ada", contents = new[] { "was a countess" } } }))),
            new("read_graph", []),
            new("search_nodes", With(("query", "Ada"))),
            new("open_nodes", With(("names", new[] { "Engine" }))),
            new("delete_observations", With(("deletions", new[] { new { entityName = "Ada", observations = new[] { "was a countess" } } }))),
            new("delete_relations", With(("relations", new[] { new { from = "Ada", to = "Engine", relationType = "programmed" } }))),
            new("delete_entities", With(("entityNames", new[] { "Engine" }))),
            new("add_observations", With(("observations", new[] { new { entityName = "Nobody", contents = new[] { "x" } } })), IsError: true),
        ]);

    private static McpStdioOptions Start(string folder, string name, IReadOnlyList<string> arguments) => new()
    {
        Name = name,
        Command = "node",
        Arguments = [Path.Combine(folder, "node_modules", "@modelcontextprotocol", $"server-{name}", "dist", "index.js"), .. arguments],
        WorkingDirectory = folder,
    };

    private static Dictionary<string, object?> With(params (string Name, object? Value)[] arguments) => arguments.ToDictionary(a => a.Name, a => a.Value);
}
