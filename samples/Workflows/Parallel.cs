using System.Collections.Concurrent;

namespace AgentTeams.Samples;

/// <summary>Three reviewers read a draft side by side. The join waits for all of them and merges what they found into one state.</summary>
internal static class Parallel
{
    public static async Task RunAsync()
    {
        var wf = Workflow.CreateBuilder<Draft>("reviews");
        NodeHandle Reviewer(string name, Func<Draft, int, Draft> grade) => wf.AddRole(new() { Name = name, Instructions = $"Grade the {name} of the draft." },
            s => s.Text, (s, reply) => grade(s, int.Parse(reply.Text)) with { Read = s.Read.Add(name) });
        var review = wf.AddParallel("review", p => p
            .Branch(Reviewer("facts", (s, grade) => s with { Grade = grade }))
            .Branch(Reviewer("style", (s, grade) => s with { Grade = grade }))
            .Branch(Reviewer("law", (s, grade) => s with { Grade = grade }), when: s => s.IsPublic)
            .Join(Join.Taken)
            .Merge((fork, branches) => fork with { Grade = branches.Min(b => b.Grade), Read = [.. branches.SelectMany(b => b.Read)] }));
        wf.Start(review).Then(wf.AddFunction("decide", s => s with { Verdict = s.Grade >= 5 ? "print" : "rewrite" }));
        var workflow = wf.Build();

        // Each reviewer waits for the one after it, so that they end in the reverse of the order in which they were declared.
        var ended = new ConcurrentQueue<string>();
        var (style, law) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runtime = ScriptedModel.Team(async (role, _, token) =>
        {
            if (role == "facts") await style.Task.WaitAsync(token);
            if (role == "style") await law.Task.WaitAsync(token);
            ended.Enqueue(role);
            if (role == "style") style.SetResult();
            if (role == "law") law.SetResult();
            return role switch { "facts" => "8", "style" => "4", _ => "9" };
        });
        var result = await workflow.RunAsync(new Draft("The sky is green.", IsPublic: true), runtime);

        Console.WriteLine($"they ended as:    {string.Join(", ", ended)}");
        Console.WriteLine($"they were joined: {string.Join(", ", result.State.Read)}");
        Console.WriteLine($"the lowest grade is {result.State.Grade}: {result.State.Verdict}");
        Console.WriteLine($"parents of 'decide': {string.Join(", ", result.Nodes[^1].Parents)}");
    }

    private sealed record Draft(string Text, bool IsPublic, int Grade = 0, string Verdict = "")
    {
        public ImmutableArray<string> Read { get; init; } = [];
    }
}
