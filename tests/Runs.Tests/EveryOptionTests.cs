using System.Collections.Immutable;
using System.Reflection;

namespace AgentTeams.Tests;

/// <summary>Whatever an option says stands in <c>run.json</c>, and a run does not go on when it says something else.</summary>
public sealed class EveryOptionTests : IDisposable
{
    // What only carries a stage out, or is the run's own.
    private static readonly string[] CarriedOut =
    [
        "RlOptions.Store", "RlOptions.Reference", "RlOptions.LoggerFactory", "RlOptions.MaxConcurrency", "RlOptions.TimeProvider", "EvaluationOptions.Prices", "EvaluationOptions.Rollouts",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;
    private readonly SumPlan _sums = new();

    public static TheoryData<string> Options => [.. new[] { typeof(RlOptions), typeof(SftOptions), typeof(EvaluationOptions), typeof(PreferenceOptions), typeof(PreferenceTrainerOptions), typeof(StopRule) }
        .SelectMany(type => Paths(type, "", 0)).Where(p => !CarriedOut.Contains(p))];

    public void Dispose()
    {
        _sums.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task OpenAsync_AnyOptionChanged_IsNamedAndTheRunDoesNotGoOn(string option)
    {
        await using (await TrainingRun.OpenAsync(Plan(null), new() { Folder = _folder }))
        {
        }

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(Plan(option), new() { Folder = _folder }));
        Assert.Contains("another configuration", error.Message, StringComparison.Ordinal);
        var name = option[(option.LastIndexOf('.') + 1)..];
        Assert.Contains(char.ToLowerInvariant(name[0]) + name[1..], error.Message, StringComparison.Ordinal);
    }

    private TrainingPlan Plan(string? changed)
    {
        var evaluator = new TeamEvaluator<SumPlan.Sum>(_sums.Tasks, SumPlan.IsRight);
        return new("sums", _sums.Models)
        {
            Stages =
            [
                Stage.Supervise("show", SumPlan.Examples(SumPlan.Sums), options: Change(new SftOptions(), changed)),
                Stage.Reinforce("practise", _sums.Tasks, Change(_sums.Rl, changed), Change(new StopRule { Validation = evaluator }, changed)),
                Stage.CollectPreferences("compare", _sums.Tasks, _sums.Rewards, Change(new PreferenceOptions(), changed)),
                Stage.Prefer("prefer", "compare", Change(new PreferenceTrainerOptions(), changed)),
                Stage.Evaluate("after", _sums.Tasks, SumPlan.IsRight, Change(new EvaluationOptions { Samples = 4 }, changed)),
            ],
        };
    }

    private static IEnumerable<string> Paths(Type type, string before, int depth) => Settable(type)
        .SelectMany(p => depth == 0 && (p.PropertyType == typeof(AdamWOptions) || p.PropertyType == typeof(ImportanceCorrection)) ? Paths(p.PropertyType, $"{type.Name}.{p.Name}.", 1) : [$"{(depth == 0 ? type.Name + "." : before)}{p.Name}"]);

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanWrite);

    private static T Change<T>(T options, string? path)
        where T : class
    {
        if (path is null || !path.StartsWith(typeof(T).Name + ".", StringComparison.Ordinal)) return options;
        return (T)Changed(options, path.Split('.')[1..]);
    }

    private static object Changed(object options, string[] path)
    {
        var copy = options.GetType().GetMethod("<Clone>$")!.Invoke(options, null)!;
        var property = copy.GetType().GetProperty(path[0])!;
        property.SetValue(copy, path.Length > 1 ? Changed(property.GetValue(copy)!, path[1..]) : Other(property, property.GetValue(copy)));
        return copy;
    }

    private static object? Other(PropertyInfo property, object? value)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(int)) return value is int n ? n + 4 : 1;
        if (type == typeof(long)) return value is long n ? n + 1 : 1L;
        if (type == typeof(double)) return value is double d ? (d == 0 ? 0.25 : d * 0.5) : 0.5;
        if (type == typeof(float)) return value is float f ? (f == 0 ? 0.25f : f * 0.5f) : 0.5f;
        if (type == typeof(bool)) return value is not true;
        if (type == typeof(string)) return value + "x";
        if (type == typeof(TimeSpan)) return TimeSpan.FromHours(1);
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().First(v => !v.Equals(value));
        if (type == typeof(ImmutableArray<int>)) return ImmutableArray.Create(2);
        if (type == typeof(RewardComposer)) return new RewardComposer().Add(new OutcomeReward(_ => 1, "another"));
        if (type == typeof(ICreditAssigner)) return new JointCredit();
        if (type == typeof(IAdvantageEstimator)) return new RlooAdvantage();
        if (type == typeof(ITokenLoss)) return value is DpoLoss ? new KtoLoss() : new PolicyGradientLoss { KlCoefficient = 0.06 };
        if (type == typeof(LossAggregation)) return LossAggregation.SequenceMeanTokenMean == value as LossAggregation ? LossAggregation.TokenMean : LossAggregation.SequenceMeanTokenMean;
        if (type == typeof(TrainedRoles)) return TrainedRoles.Only("adder");
        if (type == typeof(KlPenalty)) return new KlPenalty();
        if (type == typeof(ICritic)) return new NoCritic();
        if (type == typeof(ImmutableSortedDictionary<string, AdamWOptions>)) return ImmutableSortedDictionary<string, AdamWOptions>.Empty.Add("adder", new());
        if (type == typeof(ITeamEvaluator)) return null;
        throw new InvalidOperationException($"The test does not know another value of {property.DeclaringType!.Name}.{property.Name}; teach it one.");
    }

    private sealed class NoCritic : ICritic
    {
        public Task<IReadOnlyList<IReadOnlyList<double>>> ValuesAsync(IReadOnlyList<InvocationReturn> invocations, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<double> LearnAsync(IReadOnlyList<InvocationReturn> invocations, IReadOnlyList<double[]> returns, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
