using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Servers;

/// <summary>The runner as MCP tools.</summary>
internal sealed class RunnerTools(CodeRunner runner)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public McpServerPrimitiveCollection<McpServerTool> Create() =>
    [
        new StrictTool(McpServerTool.Create(RunCodeAsync, Options("run_code", "Run code", "Runs a program in a sandbox and returns what it wrote and how it ended."))),
        new StrictTool(McpServerTool.Create(RunTestsAsync, Options("run_tests", "Run tests", "Runs code and then tests of it in a sandbox and says whether they passed. Python tests use assert, JavaScript tests the global assert of Node.js, C# tests Assert.True, Assert.False, Assert.Equal and Assert.Throws."))),
    ];

    private static McpServerToolCreateOptions Options(string name, string title, string description) => new()
    {
        Name = name,
        Title = title,
        Description = description,
        // All that code changes is gone with its sandbox.
        ReadOnly = true,
        Destructive = false,
        Idempotent = true,
        OpenWorld = false,
        UseStructuredContent = true,
        OutputSchema = AIJsonUtilities.CreateJsonSchema(typeof(RunResult), serializerOptions: Json),
        SerializerOptions = Json,
    };

    private Task<CallToolResult> RunCodeAsync(
        [Description("The language.")] CodeLanguage language,
        [Description("The program; in C# one file, statements at its top.")] string code,
        [Description("What the program reads on its standard input.")] string stdin = "",
        CancellationToken cancellationToken = default) => AnswerAsync(new(language, code, stdin), cancellationToken);

    private Task<CallToolResult> RunTestsAsync(
        [Description("The language.")] CodeLanguage language,
        [Description("The code under test; in C# types only.")] string code,
        [Description("The tests, which see what the code defines; in C# statements.")] string tests,
        [Description("The function to test: the tests then define check(candidate), in C# Check, which is called with it, as in HumanEval.")] string? entry_point = null,
        CancellationToken cancellationToken = default) => AnswerAsync(new(language, code, "", tests, string.IsNullOrEmpty(entry_point) ? null : entry_point), cancellationToken);

    private async Task<CallToolResult> AnswerAsync(CodeRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var result = await runner.RunAsync(request, cancellationToken);
            // The same as text, for clients that know no structured content.
            return new() { Content = [new TextContentBlock { Text = JsonSerializer.Serialize(result, Json) }], StructuredContent = JsonSerializer.SerializeToElement(result, Json) };
        }
        catch (SandboxException e)
        {
            throw new McpException(e.Message, e);
        }
    }
}
