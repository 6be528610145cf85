namespace AgentTeams.Samples;

/// <summary>One small workflow for each item of a list that only the run knows, at most two at a time; results keep the order of the items.</summary>
internal static class Map
{
    private static readonly Dictionary<string, string> Library = new()
    {
        ["sun.txt"] = "The sun is a star.", ["moon.txt"] = "The moon goes round the earth.", ["mars.txt"] = "Mars is red.", ["void.txt"] = "",
    };

    public static async Task RunAsync()
    {
        var item = Workflow.CreateBuilder<Page>("summary");
        item.Start(item.AddFunction("read", (s, _) => new ValueTask<string>(Library[s.File]), (s, text) => s with { Text = text }))
            .Then(item.AddRole(new() { Name = "summariser" }, s => s.Text, (s, reply) => s with { Summary = reply.Text },
                (_, reply) => reply.Text is "" ? "it is empty" : null));
        var summarise = item.Build().Bind((string file) => new Page(file), s => $"{s.File}: {s.Summary}");

        var wf = Workflow.CreateBuilder<Shelf>("shelf");
        var list = wf.AddFunction("list", (_, _) => new ValueTask<string[]>([.. Library.Keys]), (s, files) => s with { Files = [.. files] });
        var map = wf.AddMap("each", s => s.Files, summarise, (s, all) => s with { Summaries = [.. all] },
            new() { MaxConcurrency = 2, Key = file => file, SkipFailed = true });
        wf.Start(list).Then(map);

        var (now, most) = (0, 0);
        var runtime = ScriptedModel.Team(async (_, text, token) =>
        {
            lock (Library) most = Math.Max(most, ++now);
            await Task.Delay(20, token);
            lock (Library) now--;
            return text.Split(' ')[^1];
        });
        var result = await wf.Build().RunAsync(new Shelf(), runtime);

        foreach (var summary in result.State.Summaries) Console.WriteLine(summary);
        Console.WriteLine($"at most {most} at a time; {result.Nodes.First(n => n.Kind == NodeKind.SubWorkflow && n.Error is not null).Id} was left out");
    }

    private sealed record Page(string File, string Text = "", string Summary = "");

    private sealed record Shelf
    {
        public ImmutableArray<string> Files { get; init; } = [];

        public ImmutableArray<string> Summaries { get; init; } = [];
    }
}
