using AgentTeams;
using AgentTeams.Mcp;
using AgentTeams.Testing;
using AgentTeams.Workflows;

// A team as an MCP server: over standard streams for a client that starts it, with `--http` for others. `--smoke` asks it once over HTTP and ends.
// Any IChatClient may stand here: a hosted model, Ollama, a local one. This is a script, so that the sample needs nothing.
using var model = new ScriptedChatClient(call => $"It is about {call.Text}.");
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => (e.Cancel, _) = (true, stop.CancelAsync());

var runtime = TeamRuntime.ForAll(model);
var server = new McpTeamServer(new() { Name = "notes", Instructions = "Writes notes. A person lets each of them go out." })
    .AddWorkflow(Notes.Write(), runtime, new() { Description = "Writes a note, which a person must let go out.", Hints = McpServedHints.OpenWorld })
    .AddWorkflow(Notes.Research(), runtime, new() { Description = "Reads sources one by one, half a second each.", Hints = McpServedHints.ReadOnly })
    .AddRole(new Role { Name = "editor", Description = "Says what a text is about." }, model, new() { Hints = McpServedHints.ReadOnly });

if (args.Contains("--smoke"))
{
    await using var http = await server.StartHttpAsync(new() { Port = 0, ApiKeys = new Dictionary<string, string> { ["smoke"] = "a-key-for-this-run" } });
    await using var tools = await McpToolset.ConnectHttpAsync(new() { Name = "notes", Endpoint = http.Endpoint, BearerToken = "a-key-for-this-run" });
    var said = (ToolResult)(await tools["research"].InvokeAsync(new() { ["sources"] = 2, ["topic"] = "rain" }))!;
    Console.WriteLine($"{string.Join(", ", tools.Tools.Select(t => t.Name))}: {said.Json}");
    return;
}

// Only whoever holds the key is answered, where there is one; without, only programs of this machine.
var keys = new Dictionary<string, string>();
if (Environment.GetEnvironmentVariable("TEAM_SERVER_KEY") is { Length: > 0 } key) keys["client"] = key;
if (args.Contains("--http")) await server.RunHttpAsync(new() { Port = args.SkipWhile(a => a != "--port").Skip(1).Select(int.Parse).FirstOrDefault(3001), ApiKeys = keys }, endpoint => Console.Error.WriteLine($"Listening on {endpoint}"), stop.Token);
else await server.RunStdioAsync(stop.Token);

internal static class Notes
{
    public static BoundWorkflow<Note, string, Note> Write()
    {
        var wf = Workflow.CreateBuilder<Note>("note");
        var write = wf.AddRole(new Role { Name = "writer", Instructions = "Write a sentence." }, s => s.Topic, (s, reply) => s with { Text = reply.Text });
        wf.Start(write).Then(wf.AddHuman<string, Verdict>("approve", s => s.Text, (s, verdict) => s with { IsPublic = verdict.IsGranted, Remark = verdict.Remark }));
        return wf.Build().Bind((string topic) => new Note(topic), s => s);
    }

    public static BoundWorkflow<Reading, Question, Report> Research()
    {
        var wf = Workflow.CreateBuilder<Reading>("research");
        var read = wf.AddFunction("read", async (s, token) => { await Task.Delay(500, token); return s.Found + 1; }, (Reading s, int found) => s with { Found = found });
        wf.Start(wf.AddLoop("sources", read, s => s.Found >= s.Sources, new() { MaxRounds = 1000 }));
        return wf.Build().Bind((Question asked) => new Reading(asked.Topic, asked.Sources), s => new Report($"{s.Found} sources say something about {s.Topic}."));
    }
}

internal sealed record Note(string Topic, string Text = "", bool IsPublic = false, string Remark = "");
internal sealed record Verdict(bool IsGranted, string Remark);
internal sealed record Question(string Topic, int Sources);
internal sealed record Reading(string Topic, int Sources, int Found = 0);
internal sealed record Report(string Text);
