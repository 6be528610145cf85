using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>A team whose scripted model does exactly what its instructions say, so that the best instructions are known: each right phrase helps on some tasks, each wrong one hurts on all.</summary>
internal sealed class ObedientTeam
{
    /// <summary>What must be said to a role, and on which kind of task it counts.</summary>
    public static readonly (string Role, string Phrase, string Kind)[] Needed =
    [
        ("planner", "Name the operation.", "sum"), ("planner", "Keep the order.", "difference"), ("coder", "Write digits only.", "sum"), ("coder", "Give the sign.", "difference"), ("coder", "Round down.", "ratio"),
    ];

    public static readonly string[] Harmful = ["Be brief.", "Answer in French.", "Explain yourself."];

    public static readonly string[] Kinds = ["sum", "difference", "ratio"];

    private static readonly AIFunction Look = AIFunctionFactory.Create((string what) => what, "look", "Looks.");

    public ObedientTeam()
    {
        Role[] roles = [new() { Name = "planner", Instructions = "Plan.", Trainable = false }, new() { Name = "coder", Instructions = "Code.", Tools = [Look], Trainable = false }];
        Client = new(call => ScriptedReply.Say(Quality(call)));
        var wf = Workflow.CreateBuilder<State>("obey");
        wf.Start(wf.AddRole(roles[0], s => s.Kind, (s, r) => s with { Plan = r.Text })).Then(wf.AddRole(roles[1], s => $"{s.Kind} {s.Plan}", (s, r) => s with { Code = r.Text }));
        Team = new Team("obey", roles, ModelMap.Frozen("remote", "planner", "coder"));
        Models = new(Team, [], new Dictionary<string, IChatClient> { ["remote"] = Client });
        Tasks = TaskSet.Create(Enumerable.Range(0, 12).Select(i => $"{Kinds[i % 3]}-{i}"), t => t, wf.Build(), Models, t => new State(t[..t.IndexOf('-', StringComparison.Ordinal)]), s => $"{s.Plan}/{s.Code}");
        Rewards = new RewardComposer().Add(Tasks.Outcome((_, run) => run.Outcome!.Split('/').Average(double.Parse)));
    }

    public ScriptedChatClient Client { get; }

    public Team Team { get; }

    public TeamModels Models { get; }

    public TaskSet<string> Tasks { get; }

    public RewardComposer Rewards { get; }

    public PromptEvolutionOptions Options => new() { Tasks = [.. Tasks.Tasks.Take(6)], Validation = [.. Tasks.Tasks.Skip(6)] };

    public TeamPromptAdapter<string> Adapter => new(Tasks, Rewards, (task, _) => $"It was a {task}.");

    /// <summary>A writer who tries phrases by chance, harmful ones too, and leaves some of what there was away.</summary>
    public static ScriptedChatClient Writer(long seed) => new(call =>
    {
        var random = new SeedKey(seed, "writer", call.Index).ToRandom();
        var asked = call.Messages[^1].Text;
        var role = asked.Contains("of 'planner'", StringComparison.Ordinal) ? "planner" : "coder";
        var text = asked.Split("```")[1].Trim();
        string[] phrases = [.. Needed.Where(n => n.Role == role).Select(n => n.Phrase), .. Harmful];
        var phrase = phrases[random.Next(phrases.Length)];
        text = text.Contains(phrase, StringComparison.Ordinal) ? text.Replace(" " + phrase, "", StringComparison.Ordinal) : $"{text} {phrase}";
        return ScriptedReply.Say($"I would say:\n```\n{text}\n```\nThat is better.");
    });

    /// <summary>A writer who knows what is missing.</summary>
    public static ScriptedChatClient Expert() => new(call =>
    {
        var asked = call.Messages[^1].Text;
        var role = asked.Contains("of 'planner'", StringComparison.Ordinal) ? "planner" : "coder";
        var text = asked.Split("```")[1].Trim();
        return ScriptedReply.Say($"```\n{text} {Needed.FirstOrDefault(n => n.Role == role && !text.Contains(n.Phrase, StringComparison.Ordinal)).Phrase}\n```");
    });

    private static string Quality(ScriptedCall call)
    {
        var (told, kind) = (call.Messages[0].Text, call.Messages[^1].Text.Split(' ')[0]);
        var role = told.StartsWith("Plan.", StringComparison.Ordinal) ? "planner" : "coder";
        var needed = Needed.Where(n => n.Role == role && n.Kind == kind).ToList();
        var good = needed.Count == 0 ? 1 : needed.Count(n => told.Contains(n.Phrase, StringComparison.Ordinal)) / (double)needed.Count;
        return Math.Max(0, good - 0.25 * Harmful.Count(h => told.Contains(h, StringComparison.Ordinal))).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    internal sealed record State(string Kind, string Plan = "", string Code = "");
}
