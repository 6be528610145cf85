using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/extending.md, as it stands there.</summary>
internal static class ExtendingSnippets
{
    public static IReadOnlyList<object> Use(TaskSet<string> tasks)
    {
        var options = new RlOptions
        {
            Advantage = new RankAdvantage(),
            Loss = new ReinforceLoss(),
            Rewards = new RewardComposer()
                .Add(tasks.Outcome((task, trajectory) => trajectory.Outcome == task ? 1 : 0))
                .Add(new BrevityReward("coder"), weight: 0.1),
        };

        var given = LocalModelOptions.FromTexts("tiny", ["what is read and written"], new SeedKey(1), specialTokens: [LineTemplate.End]);
        using var model = CpuLanguageModel.Create(given with { Template = new LineTemplate() });

        return [options, model.Template];
    }
}

/// <summary>Advantages from ranks: the best of a group gets 1, the worst -1, ties their mean.</summary>
public sealed class RankAdvantage : IGroupAdvantage
{
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => [.. groups.Select(g => Ranks([.. g.Samples.Select(s => s.Value)]))];

    private static double[] Ranks(double[] values) =>
        [.. values.Select(v => values.Length < 2 ? 0 : (values.Count(o => o < v) - values.Count(o => o > v)) / (values.Length - 1.0))];
}

/// <summary>The score-function gradient without clipping: the sum of -w A log p (Williams 1992).</summary>
public sealed class ReinforceLoss : ITokenLoss
{
    public LossNeeds Needs => LossNeeds.None;

    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        var loss = 0.0;
        for (var i = 0; i < rows.Count; i++)
        {
            for (var t = 0; t < rows[i].CompletionIds.Length; t++)
            {
                var weight = rows[i].Weights.Length == 0 ? 1 : rows[i].Weights[t];
                var importance = rows[i].ImportanceWeights.Length == 0 ? 1 : rows[i].ImportanceWeights[t];
                var push = weight * importance * rows[i].Advantages[t];
                loss -= push * scores[i].LogProbs[t];
                gradients[i].LogProbs[t] -= push;
            }
        }

        return new(loss, new Dictionary<string, double>());
    }
}

/// <summary>Each reply of a role earns less the longer it is.</summary>
public sealed class BrevityReward(string role) : IRewardFunction
{
    public string Name => "brevity";

    public bool MayAbstain => true;

    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default) =>
        new([.. trajectory.Nodes.Where(n => n.Kind == NodeKind.Role && n.Role == role && n.Error is null)
            .Select(n => Reward.ForNode(n.Id, Name, -n.Text.Length / 100.0))]);
}

/// <summary>One line for each message, its role before it.</summary>
public sealed class LineTemplate : ChatTemplate
{
    public const string End = "<|line|>";

    public override string Name => "line";

    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null) =>
        [.. messages.SelectMany(m => tokenizer.Encode($"{m.Role.Value}: {m.Text}").Append(tokenizer.GetId(End))), .. tokenizer.Encode("assistant: ")];

    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => [tokenizer.GetId(End)];
}
