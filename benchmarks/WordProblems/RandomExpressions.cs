using System.Globalization;
using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>Expressions of one or two random operations over distinct numbers of the problem; how often such a guess is right.</summary>
internal static class RandomExpressions
{
    private const int DrawsPerProblem = 2000;

    public static double Score(IReadOnlyList<Problem> problems, Random random)
    {
        long right = 0;
        foreach (var problem in problems)
        {
            for (var i = 0; i < DrawsPerProblem; i++)
            {
                if (problem.IsAnswer(Draw(problem.Numbers.Count, random).Evaluate(problem.Numbers))) right++;
            }
        }

        return (double)right / ((long)problems.Count * DrawsPerProblem);
    }

    private static Formula Draw(int numbers, Random random)
    {
        var order = Enumerable.Range(0, numbers).ToArray();
        random.Shuffle(order);
        Formula Operand(int i) => new Formula.Operand($"number{order[i % order.Length].ToString(CultureInfo.InvariantCulture)}");
        Formula Join(Formula left, Formula right) => new Formula.Operation("+-*/"[random.Next(4)], left, right);

        // A problem with two numbers has no third, and using one twice is a worse guess than stopping.
        if (numbers < 3 || random.Next(2) == 0) return Join(Operand(0), Operand(1));
        return random.Next(2) == 0
            ? Join(Join(Operand(0), Operand(1)), Operand(2))
            : Join(Operand(0), Join(Operand(1), Operand(2)));
    }
}
