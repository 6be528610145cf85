using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

public sealed class StoryGeneratorTests
{
    private static StoryGenerator Generator(int seed) => new(new SeedKey(seed, "problems").ToRandom());

    [Fact]
    public void Generate_AnyProblem_HasItsSolutionsValueAsPositiveWholeAnswer()
    {
        foreach (var problem in Generator(3).Generate(500, heldOut: false, "p"))
        {
            Assert.True(problem.IsAnswer(problem.Solution.Evaluate(problem.Numbers)), problem.Question);
            Assert.True(problem.Answer > 0 && problem.Answer == Math.Truncate(problem.Answer), problem.Question);
            Assert.DoesNotContain("{", problem.Question, StringComparison.Ordinal);
            Assert.All(problem.Numbers.Select((_, k) => $"number{k}"), n => Assert.Contains(n, problem.Question, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Generate_TrainingAndTest_ShareNoQuestion()
    {
        var generator = Generator(1);
        var training = generator.Generate(2000, heldOut: false, "p").Select(p => p.NormalizedQuestion).ToHashSet();
        Assert.DoesNotContain(generator.Generate(300, heldOut: true, "t"), p => training.Contains(p.NormalizedQuestion));
    }

    [Fact]
    public void Generate_Problems_AreVaried()
    {
        var problems = Generator(2).Generate(600, heldOut: false, "p");
        Assert.Contains(problems, p => p.Solution.Operations.Count() == 1);
        Assert.Contains(problems, p => p.Solution.Operations.Count() == 2);
        Assert.Contains(problems, p => p.Numbers.Count > p.Solution.Operands.Count());
        Assert.True(problems.Select(p => p.Solution.ToInfix()).Distinct().Count() > 60);
    }

    [Fact]
    public void Generate_SameSeed_GivesTheSameProblems() =>
        Assert.Equal(Generator(5).Generate(20, false, "p").Select(p => p.Question), Generator(5).Generate(20, false, "p").Select(p => p.Question));
}
