using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Secrets where nobody looks for them: names, descriptions, attachments, causes of errors.</summary>
public sealed class SecretChannelTests
{
    private const string Mail = "ann.lee@example.org";

    public static TheoryData<string> Channels => ["description", "schema", "argument name", "inner argument name", "result name", "author", "data name", "data text", "address", "error content", "cancelled", "inner exception", "reply author"];

    [Theory]
    [MemberData(nameof(Channels))]
    public async Task RunAsync_SecretInAnOddPlace_IsInNothingThatIsStoredOrSent(string channel)
    {
        var (sent, spans) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name == WorkflowTelemetry.SourceName, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData, ActivityStopped = a => spans.Enqueue($"{a.DisplayName} {a.StatusDescription} {string.Join(' ', a.TagObjects)} {string.Join(' ', a.Events.SelectMany(e => e.Tags))}") };
        ActivitySource.AddActivityListener(listener);
        var tool = AIFunctionFactory.Create((JsonElement? what = null) => channel switch
        {
            "result name" => new Dictionary<string, string> { [Mail] = "x" },
            "cancelled" => throw new OperationCanceledException($"no time for {Mail}"),
            "inner exception" => throw new InvalidOperationException("odd", new InvalidOperationException(Mail)),
            _ => (object)"done",
        }, "look", channel == "description" ? $"Looks up {Mail}" : "Looks up");
        var clerk = Teams.Role("clerk") with { Tools = [channel == "schema" ? new OddSchema(tool) : tool] };
        var client = new ScriptedChatClient(call =>
        {
            sent.Enqueue(JsonSerializer.Serialize(new { call.Messages, Tools = call.Options.Tools?.Select(t => $"{t.Name} {t.Description} {(t as AIFunction)?.JsonSchema}") }, TrajectoryJson.Options));
            if (call.Index > 0) return ScriptedReply.Say("done").With(r => r.Messages[0].AuthorName = channel == "reply author" ? Mail : null);
            var arguments = new Dictionary<string, object?> { [channel == "argument name" ? Mail : "what"] = channel == "inner argument name" ? JsonSerializer.SerializeToElement(new Dictionary<string, string> { [Mail] = "x" }) : null };
            return new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "look", arguments)]));
        });
        var message = new ChatMessage(ChatRole.User, [new TextContent("Go on."), .. Odd(channel)]) { AuthorName = channel == "author" ? Mail : null };
        var wf = Workflow.CreateBuilder<Answered>("odd");
        wf.Start(wf.AddRole(clerk, _ => message, (s, r) => s with { Text = r.Text }));
        var store = new ListStore();

        var run = await wf.Build().RecordAsync(new Answered(), TeamRuntime.ForAll(client), new() { Middleware = [new TrustZone(new SecretVault()).ToMiddleware()], Checkpoints = store, RunId = "run", EnableSensitiveData = true });

        Assert.True(!sent.IsEmpty && spans.Any(s => s.Contains("execute_tool", StringComparison.Ordinal)));
        Assert.Null(run.Error);
        string[] seen = [.. sent, .. spans, JsonSerializer.Serialize(run.Trajectory, TrajectoryJson.Options), .. store.Runs["run"].Select(Encoding.UTF8.GetString)];
        Assert.DoesNotContain(seen, s => s.Contains(Mail, StringComparison.Ordinal) || s.Contains(Uri.EscapeDataString(Mail), StringComparison.Ordinal) || s.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes($"To {Mail}")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_NamesAndFormsThatHoldASecret_AreRefused()
    {
        var vault = new SecretVault();
        vault.Add("NAME", "Ada Lovelace");
        var options = new WorkflowRunOptions { Middleware = [new TrustZone(vault).ToMiddleware()] };
        var runtime = TeamRuntime.ForAll(new ScriptedChatClient(_ => "\"Ada Lovelace\""));
        var named = TeamPatterns.Sequential("team", [Teams.Role("Ada Lovelace")]);
        var form = TeamPatterns.Sequential("team", [Teams.Role("ann") with { Options = new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = new[] { "Ada Lovelace" } }) } }]);

        foreach (var team in new[] { named, form })
        {
            var error = await Assert.ThrowsAnyAsync<AgentTeamsException>(() => team.RunAsync("task", runtime, options));
            Assert.IsType<UnprotectedSecretException>(error.InnerException ?? error);
        }
    }

    private static AIContent[] Odd(string channel) => channel switch
    {
        "data name" => [new DataContent(new byte[8], "image/png") { Name = $"{Mail}.png" }],
        "data text" => [new DataContent(Encoding.UTF8.GetBytes($"To {Mail}"), "text/plain")],
        "address" => [new UriContent($"https://example.org/?to={Uri.EscapeDataString(Mail)}", "text/html")],
        "error content" => [new ErrorContent("odd") { Details = Mail }],
        _ => [],
    };

    private sealed record Answered(string Text = "");

    private sealed class OddSchema(AIFunction tool) : DelegatingAIFunction(tool)
    {
        public override JsonElement JsonSchema { get; } = JsonSerializer.SerializeToElement(new { type = "object", properties = new { what = new { description = $"as {Mail}" } } });
    }
}
