using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Scores every baseline on the problems that the sample makes of a seed.</summary>
internal static class TaskDifficulty
{
    private const int Tests = 300;

    public static DifficultyReport Measure(int labels, int problems, long seed)
    {
        // The sample draws in this order from this generator, so these are its problems.
        var generator = new StoryGenerator(new SeedKey(seed, "problems").ToRandom());
        var labelled = generator.Generate(labels, heldOut: false, "l");
        var unlabelled = generator.Generate(problems, heldOut: false, "r");
        var test = generator.Generate(Tests, heldOut: true, "t");

        var formulas = FormulaClasses.Of(labelled);
        double Score(Func<Problem, Formula> predict) => test.Count(p => p.IsAnswer(predict(p).Evaluate(p.Numbers))) / (double)test.Count;
        return new DifficultyReport
        {
            Seed = seed,
            Labels = labels,
            Problems = problems,
            Tests = test.Count,
            Formulas = formulas.Formulas.Count,
            MajorityFormula = Score(_ => formulas.Majority),
            NearestNeighbour = Score(new NearestNeighbour(labelled).Predict),
            NaiveBayes = Score(new NaiveBayes(labelled, formulas).Predict),
            LogisticUnigrams = Score(new LogisticRegression(labelled, formulas, bigrams: false).Predict),
            LogisticBigrams = Score(new LogisticRegression(labelled, formulas, bigrams: true).Predict),
            RandomExpressions = RandomExpressions.Score(test, new SeedKey(seed, "random expressions").ToRandom()),
            TestQuestionsInTraining = test.Count - DuplicateFilter.Apply(test, [.. labelled, .. unlabelled]).Kept.Count,
        };
    }
}
