namespace AgentTeams.Samples.WordProblems;

/// <summary>An epoch of supervised fine-tuning as metrics, so that displays treat all stages alike.</summary>
internal static class SftMetrics
{
    public const string TrainLoss = "train_loss";
    public const string ValidationLoss = "validation_loss";

    public static IReadOnlyDictionary<string, double> Of(SftEpoch epoch) => new Dictionary<string, double>(StringComparer.Ordinal)
    {
        [TrainLoss] = epoch.TrainLoss,
        [ValidationLoss] = epoch.ValidationLoss ?? double.NaN,
        ["tokens/trained"] = epoch.Tokens,
    };

    /// <summary>The epoch that metrics tell of.</summary>
    public static SftEpoch Read(IReadOnlyDictionary<string, double> metrics, int epoch) =>
        new(epoch, 0, metrics[TrainLoss], metrics[ValidationLoss], (long)metrics["tokens/trained"], IsBest: false);
}
