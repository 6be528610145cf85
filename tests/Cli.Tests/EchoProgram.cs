using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AgentTeams.Tests;

/// <summary>What the program can be told.</summary>
public sealed record EchoOptions
{
    /// <summary>Epochs.</summary>
    [Description("How often the examples are shown."), Range(1, 100)]
    public int MaxEpochs { get; init; } = 2;

    /// <summary>The mapping.</summary>
    [AllowedValues("full", "adapters")]
    public string Mapping { get; init; } = "full";

    /// <summary>A rate.</summary>
    public double? Rate { get; init; }

    /// <summary>Whether the rate and the mapping are refused together.</summary>
    public bool IsStrict { get; init; }
}

/// <summary>A role that learns to repeat a word, in about a second.</summary>
public sealed class EchoProgram : TeamProgram<EchoOptions>
{
    private static readonly string[] Words = ["red", "green", "blue"];

    /// <summary>What the last start was told.</summary>
    public EchoOptions? Started { get; private set; }

    /// <inheritdoc/>
    public override string Name => "echo";

    /// <inheritdoc/>
    public override IEnumerable<string> ProblemsWith(EchoOptions options)
    {
        if (options is { IsStrict: true, Rate: not null }) yield return "Give --is-strict or --rate, not both.";
    }

    /// <inheritdoc/>
    public override Task<TeamSession> StartAsync(EchoOptions options, CancellationToken cancellationToken)
    {
        Started = options;
        var echo = new Role { Name = "echo", Instructions = "<|echo|>", Options = new() { MaxOutputTokens = 3 } };
        var wf = Workflow.CreateBuilder<Said>("echo");
        wf.Start(wf.AddRole(echo, s => s.Word, (s, reply) => s with { Reply = reply.Text }));
        var workflow = wf.Build();
        var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", Words, new SeedKey(1), 300, Words, [echo.Instructions]));
        if (options.Mapping == "adapters") model.AddAdapter("echo", new SeedKey(2));
        var models = new TeamModels(new("echo", [echo], options.Mapping == "adapters" ? ModelMap.Adapters("tiny", "echo") : ModelMap.Full("tiny", "echo")), [model]);
        var tasks = TaskSet.Create(Words, w => w, workflow, models, w => new Said(w), s => s.Reply);
        return Task.FromResult(new TeamSession
        {
            Plan = new("echo", models)
            {
                Stages =
                [
                    Stage.Supervise("show", Words.Select(w => new SftExample("echo", w, w)), options: new() { MaxEpochs = options.MaxEpochs, Patience = null }),
                    Stage.Evaluate("after", tasks, (w, run) => run.Outcome == w),
                    Stage.Ablate("ablations", tasks, (w, run) => run.Outcome == w, [Ablation.Say("echo", "red"), Ablation.Swap("echo")]),
                ],
            },
            Ask = async (question, key, token) => (await workflow.RecordAsync(new Said(question), models.Runtime, new() { Seed = key }, new() { Outcome = s => s.Reply }, token)).Trajectory,
        });
    }

    private sealed record Said(string Word, string Reply = "");
}
