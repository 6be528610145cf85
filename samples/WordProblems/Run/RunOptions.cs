using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The options of the program; all of them decide the weights.</summary>
internal sealed record RunOptions
{
    [Description("Problems whose solution is shown in stage 1; where that is all there are, stage 2 practises on the same."), Range(10, int.MaxValue)]
    public int Labels { get; init; } = 250;

    [Description("Generated problems of which only the answer is used, in stage 2."), Range(1, int.MaxValue)]
    public int Problems { get; init; } = 3000;

    [Description("Steps of reinforcement learning."), Range(0, int.MaxValue)]
    public int Steps { get; init; } = 220;

    [Description("Problems per step."), Range(1, int.MaxValue)]
    public int Tasks { get; init; } = 128;

    [Description("Rollouts per problem, which are compared with each other."), Range(2, int.MaxValue)]
    public int GroupSize { get; init; } = 4;

    [Description("What stage 2 minimises: the clipped loss of each token, or of whole replies."), AllowedValues("ppo", "gspo")]
    public string Loss { get; init; } = "ppo";

    [Description("The factor of the KL penalty against the supervised weights."), Range(0, double.MaxValue)]
    public double Kl { get; init; }

    [Description("Decides every random draw."), Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    [Description("Which weights answer for which role."), AllowedValues("shared", "separate", "adapters")]
    public string Mapping { get; init; } = "shared";

    [Description("A control experiment in place of stage 2 as it should be."), AllowedValues("none", "shuffled-rewards", "format-only", "continue-sft")]
    public string Control { get; init; } = "none";

    [Description("Training problems as CSV (Question, Numbers, Equation, Answer) in place of generated ones.")]
    public string? Data { get; init; }

    [Description("Test problems in the same layout.")]
    public string? Test { get; init; }

    [Description("Generated test problems."), Range(1, int.MaxValue)]
    public int TestProblems { get; init; } = 300;

    [Description("A run of seconds that goes through every stage.")]
    public bool Smoke { get; init; }

    /// <summary>The options with what <see cref="Smoke"/> makes of them.</summary>
    public RunOptions Effective() => Smoke ? this with { Labels = 60, Problems = 120, TestProblems = 40, Steps = 4, Tasks = 12, GroupSize = 4 } : this;
}
