namespace AgentTeams.Rl;

/// <summary>What a micro-batch of comparisons comes to, under TRL's names.</summary>
internal sealed class PreferenceSums
{
    private double _loss, _weight, _chosen, _rejected, _margins, _accuracies, _chosenLogProbs, _rejectedLogProbs;

    public void Add(PreferenceMargin margin, double loss, double beta)
    {
        _loss += margin.Weight * loss;
        _weight += margin.Weight;
        _chosen += margin.Weight * beta * margin.Chosen;
        _rejected += margin.Weight * beta * margin.Rejected;
        _margins += margin.Weight * beta * margin.Value;
        _accuracies += margin.Value > 0 ? margin.Weight : 0;
        _chosenLogProbs += margin.Weight * margin.ChosenLogProb;
        _rejectedLogProbs += margin.Weight * margin.RejectedLogProb;
    }

    public TokenLossResult ToResult() => new(_loss, new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["rewards/chosen"] = _chosen, ["rewards/rejected"] = _rejected, ["rewards/margins"] = _margins, ["rewards/accuracies"] = _accuracies,
        ["logps/chosen"] = _chosenLogProbs, ["logps/rejected"] = _rejectedLogProbs, ["weight"] = _weight,
    });
}

/// <summary>The logistic function without overflow.</summary>
internal static class Logistic
{
    public static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    /// <summary>log(1 + e^x), that is -log sigmoid(-x).</summary>
    public static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
