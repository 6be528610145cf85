using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>A workflow with every kind of node, whose callees count what they are asked.</summary>
internal sealed class DurableTeam
{
    private readonly List<string> _calls = [];

    public DurableTeam()
    {
        Client = new(call =>
        {
            var asked = call.Messages[^1].Text;
            lock (_calls) _calls.Add($"model:{asked}");
            return asked.StartsWith("use a tool", StringComparison.Ordinal) && call.Messages[^1].Role == ChatRole.User
                ? ScriptedReply.CallTool("look", new { what = "x" })
                : ScriptedReply.Say($"said {asked}");
        });
        Workflow = Build();
    }

    public ScriptedChatClient Client { get; }

    public Workflow<Reviews> Workflow { get; }

    public TeamRuntime Runtime => TeamRuntime.ForAll(Client);

    /// <summary>What the callees were asked, in ordinal order.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls) return [.. _calls.Order(StringComparer.Ordinal)];
        }
    }

    public static WorkflowRunOptions Options(ListStore store) =>
        new() { Checkpoints = store, RunId = "run", Responder = (request, _) => new($"yes to {request.Read<string>()}") };

    private AIFunction Tool(string name) => AIFunctionFactory.Create((string what) =>
    {
        lock (_calls) _calls.Add($"{name}:{what}");
        return $"{name} {what}";
    }, name);

    private Workflow<Reviews> Build()
    {
        var item = AgentTeams.Workflow.CreateBuilder<Reviews>("item");
        item.Start(item.AddRole(new() { Name = "summariser" }, s => $"sum {s.Topic}", (s, r) => s with { Text = r.Text }));
        var summary = item.Build().Bind((string topic) => new Reviews(topic), s => s.Text);

        var wf = AgentTeams.Workflow.CreateBuilder<Reviews>("team");
        var tooled = wf.AddRole(new() { Name = "tooled", Tools = [Tool("look")], Memory = MemoryPolicy.Conversation }, s => $"use a tool {s.Round}", (s, r) => s.Note(r.Text));
        var read = wf.AddTool(Tool("read"), s => new { what = s.Topic }, (s, r) => s.Note(r.Text));
        var clock = wf.AddFunction("clock", (s, _) =>
        {
            lock (_calls) _calls.Add($"clock:{s.Round}");
            return new ValueTask<int>(7);
        }, (s, time) => s.Note($"at {time}"));
        var after = wf.Note("after");
        wf.From(read).Then(after);
        var both = wf.AddParallel("both", p => p.Branch(read).Branch(clock));
        var count = wf.AddFunction("count", s => s with { Round = s.Round + 1 });
        wf.From(tooled).Then(both).Then(count);
        var loop = wf.AddLoop("loop", tooled, s => s.Round == 2);
        var map = wf.AddMap("each", s => s.Topic.Split(' '), summary, (s, all) => s.Note(string.Join(',', all)));
        var mend = wf.Note("mend");
        var bad = wf.AddFunction("bad", s => s.Round == 2 ? throw new InvalidOperationException("odd") : s, new() { OnError = new(mend, (s, e) => s.Note(e.Type)) });
        var ask = wf.AddHuman<string, string>("ask", s => s.Topic, (s, a) => s.Note(a));
        wf.Start(loop).Then(map).Then(bad);
        wf.From(mend).Then(ask).Then(wf.AddWorkflow(summary, s => "end", (s, text) => s.Note(text)));
        return wf.Build();
    }
}
