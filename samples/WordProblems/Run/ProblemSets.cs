namespace AgentTeams.Samples.WordProblems;

/// <summary>The problems of a run.</summary>
/// <param name="Labelled">Their solutions are shown in stage 1.</param>
/// <param name="Unlabelled">Only their answers are used, in stage 2.</param>
/// <param name="Test">Held out.</param>
/// <param name="DroppedDuplicates">Training problems left out because their question occurs in the test set.</param>
internal sealed record ProblemSets(IReadOnlyList<Problem> Labelled, IReadOnlyList<Problem> Unlabelled, IReadOnlyList<Problem> Test, int DroppedDuplicates)
{
    /// <summary>The problems that are shown, without the sixth by which training stops early.</summary>
    public IReadOnlyList<Problem> Fit => [.. Labelled.Skip(Math.Max(1, Labelled.Count / 6))];

    public IReadOnlyList<Problem> Validation => [.. Labelled.Take(Math.Max(1, Labelled.Count / 6))];

    public static ProblemSets Load(RunOptions options)
    {
        if (options.Data is null)
        {
            var generator = new StoryGenerator(new SeedKey(options.Seed, "problems").ToRandom());
            return new(generator.Generate(options.Labels, heldOut: false, "l"), generator.Generate(options.Problems, heldOut: false, "r"),
                generator.Generate(options.TestProblems, heldOut: true, "t"), 0);
        }

        var test = CsvProblems.Load(options.Test!, "t").Problems;
        var (kept, dropped) = DuplicateFilter.Apply(CsvProblems.Load(options.Data, "r").Problems, test);
        var shuffled = kept.ToArray();
        new SeedKey(options.Seed, "labels").ToRandom().Shuffle(shuffled);
        return new(shuffled[..Math.Min(options.Labels, shuffled.Length)], shuffled[Math.Min(options.Labels, shuffled.Length)..], test, dropped);
    }
}
