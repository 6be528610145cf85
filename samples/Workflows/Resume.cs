using System.Diagnostics;

namespace AgentTeams.Samples;

/// <summary>The first start kills itself in the middle of the run; the second goes on from the journal. What was answered before is not asked again.</summary>
internal static class Resume
{
    public static async Task RunAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), "agentteams-samples");
        var store = new FileCheckpointStore(folder);
        var ledger = Path.Combine(folder, "resume.asked");
        var isSecond = File.Exists(ledger);

        var wf = Workflow.CreateBuilder<Book>("book");
        var chapter = wf.AddRole(new() { Name = "writer" }, s => $"chapter {s.Chapters.Length + 1}",
            (s, reply) => s with { Chapters = s.Chapters.Add(reply.Text) });
        wf.Start(wf.AddLoop("book", chapter, s => s.Chapters.Length == 5));

        var runtime = ScriptedModel.Team((_, asked) =>
        {
            // The callee keeps a list of its own, which no kill takes back.
            File.AppendAllLines(ledger, [asked]);
            if (asked == "chapter 3" && !isSecond)
            {
                Console.WriteLine("killed while chapter 3 was being written; start this again");
                Process.GetCurrentProcess().Kill();
            }

            return $"text of {asked}";
        });

        Directory.CreateDirectory(folder);
        var result = await wf.Build().RunAsync(new Book(), runtime, new() { Checkpoints = store, RunId = "resume" });

        Console.WriteLine($"{result.State.Chapters.Length} chapters, the last: {result.State.Chapters[^1]}");
        foreach (var calls in File.ReadLines(ledger).GroupBy(asked => asked)) Console.WriteLine($"{calls.Key}: asked {calls.Count()} time(s)");
        await store.DeleteAsync("resume");
        File.Delete(ledger);
    }

    private sealed record Book
    {
        public ImmutableArray<string> Chapters { get; init; } = [];
    }
}
