using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class PromptSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("prompts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task OpenAsync_LastLineCutShortAnywhere_KeepsTheLinesBeforeAndGoesOn()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("prompts").FullName, "history.jsonl");
        PromptSet Set(string text) => PromptSet.Of([new Role { Name = "solver", Instructions = text }]);
        var history = await PromptHistory.OpenAsync(path, new TestClock());
        await history.CommitAsync(Set("one"), "first");
        var first = new FileInfo(path).Length;
        await history.CommitAsync(Set("two"), "second");
        var bytes = await File.ReadAllBytesAsync(path);

        for (var length = first + 1; length < bytes.Length; length += 7)
        {
            await File.WriteAllBytesAsync(path, bytes[..(int)length]);
            var cut = await PromptHistory.OpenAsync(path, new TestClock());
            Assert.Equal(Set("one").Version, Assert.Single(cut.Versions).Prompts.Version);
            await cut.CommitAsync(Set("two"), "second");
            Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
        }

        Directory.Delete(Path.GetDirectoryName(path)!, true);
    }

    [Fact]
    public async Task ToMiddleware_InstructionsAndDescriptions_AreWhatTheModelIsShownAndTheRecordHolds()
    {
        var look = AIFunctionFactory.Create((string what) => $"seen {what}", "look", "Looks.");
        var role = new Role { Name = "scout", Instructions = "Look.", Tools = [look], Memory = MemoryPolicy.Conversation };
        var silent = new Role { Name = "silent" };
        var client = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.CallTool("look", new { what = "sea" }) : ScriptedReply.Say("done"));
        var wf = Workflow.CreateBuilder<State>("scout");
        wf.Start(wf.AddRole(role, s => "go", (s, _) => s)).Then(wf.AddRole(role, s => "again", (s, _) => s, options: new() { Name = "second" })).Then(wf.AddRole(silent, s => "and you", (s, _) => s));
        var prompts = PromptSet.Of([role, silent]).With(PromptComponent.Instructions("scout"), "Look far.").With(PromptComponent.Tool("look"), "Looks at the horizon.").With(PromptComponent.Instructions("silent"), "Speak.");

        var run = await wf.Build().RecordAsync(new State(), TeamRuntime.ForAll(client), new() { Middleware = [prompts.ToMiddleware()] });

        Assert.All(client.Calls.Take(3), c => Assert.Equal(("Look far.", "Looks at the horizon."), (c.Messages[0].Text, c.Options.Tools!.Single().Description)));
        Assert.Equal(["Speak.", "and you"], client.Calls[^1].Messages.Select(m => m.Text));
        Assert.Equal("seen sea", run.Trajectory.Nodes.Single(n => n.Kind == NodeKind.Tool).Result?.GetString());
        Assert.Equal("Look far.", run.Trajectory.Nodes[0].Input[0].Text);
        // What a role remembers holds no instructions, so nothing is said twice.
        Assert.Equal(1, client.Calls[2].Messages.Count(m => m.Role == ChatRole.System));
    }

    [Fact]
    public async Task ToMiddleware_BehindWhatChangesMessages_IsRefused()
    {
        var role = new Role { Name = "scout", Instructions = "Look." };
        var wf = Workflow.CreateBuilder<State>("scout");
        wf.Start(wf.AddRole(role, s => "go", (s, _) => s));
        var shout = WorkflowMiddleware.OnModelCall((call, next, token) => next(call with { Messages = [.. call.Messages.Select(m => new ChatMessage(m.Role, m.Text.ToUpperInvariant()))] }, token));
        var prompts = PromptSet.Of([role]).With(PromptComponent.Instructions("scout"), "Look far.");

        var run = await wf.Build().RecordAsync(new State(), TeamRuntime.ForAll(new ScriptedChatClient("never")), new() { Middleware = [shout, prompts.ToMiddleware()] });

        Assert.Contains("Name the middleware of the prompts before", run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaveLoad_Prompts_AreTheSameVersion()
    {
        var prompts = PromptSet.Of(new ObedientTeam().Team.Roles);
        var path = Path.Combine(_folder, "below", "prompts.json");
        await prompts.SaveAsync(path);

        var loaded = await PromptSet.LoadAsync(path);

        Assert.Equal(prompts.Version, loaded.Version);
        Assert.Equal(["role 'coder'", "role 'planner'", "tool 'look'"], loaded.Components.Select(c => c.ToString()));
        Assert.NotEqual(prompts.Version, prompts.With(PromptComponent.Tool("look"), "Looks").Version);
        await File.WriteAllTextAsync(path, "{}");
        Assert.Contains("could not be read", (await Assert.ThrowsAsync<AgentTeamsException>(() => PromptSet.LoadAsync(path))).Message, StringComparison.Ordinal);
        Assert.Contains("hold no text of the role 'judge'", Assert.Throws<AgentTeamsException>(() => prompts[PromptComponent.Instructions("judge")]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RollBack_SeveralTimes_GoesBackVersionByVersionAndLosesNothing()
    {
        var path = Path.Combine(_folder, "history.jsonl");
        var history = await PromptHistory.OpenAsync(path, new TestClock());
        PromptSet[] prompts = [.. Enumerable.Range(0, 3).Select(i => new PromptSet { Instructions = new ObedientTeam().Team.Roles.Take(1).Aggregate(new PromptSet().Instructions, (d, r) => d.Add(r.Name, $"Plan {i}.")) })];
        foreach (var p in prompts) Assert.True(await history.CommitAsync(p, "better"));
        Assert.False(await history.CommitAsync(prompts[2], "the same"));

        await history.RollBackAsync("complaints");
        Assert.Equal(prompts[1].Version, history.Current!.Prompts.Version);
        await history.RollBackAsync("more complaints");
        history = await PromptHistory.OpenAsync(path);

        Assert.Equal((prompts[0].Version, "more complaints", true), (history.Current!.Prompts.Version, history.Current.Reason, history.Current.IsRollback));
        Assert.Equal(5, history.Versions.Count);
        Assert.Contains("no version before", (await Assert.ThrowsAsync<AgentTeamsException>(() => history.RollBackAsync("again"))).Message, StringComparison.Ordinal);
        await history.RollBackAsync("it was right", prompts[2].Version);
        Assert.Equal(prompts[2].Version, history.Current.Prompts.Version);
        await File.AppendAllTextAsync(path, "{\"prom\n");
        Assert.Contains("Line 7", (await Assert.ThrowsAsync<AgentTeamsException>(() => PromptHistory.OpenAsync(path))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_Role_IsAsTheMiddlewareShowsIt()
    {
        var role = new ObedientTeam().Team.Roles[1];
        var applied = PromptSet.Of([role]).With(PromptComponent.Instructions("coder"), "New.").With(PromptComponent.Tool("look"), "Sees.").Apply(role);

        Assert.Equal(("New.", "Sees."), (applied.Instructions, applied.Tools[0].Description));
        Assert.Equal("x", $"{await applied.Tools[0].InvokeAsync(new() { ["what"] = "x" })}");
        Assert.Contains("several tools named 'look'", Assert.Throws<AgentTeamsException>(() => PromptSet.Of([role, applied with { Name = "other" }])).Message, StringComparison.Ordinal);
    }

    private sealed record State;
}
