using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

public sealed class ProblemTests
{
    [Theory]
    [InlineData("number1 + number0", "7 + 3")]
    [InlineData("number9 number", "number9 number")]
    [InlineData("number1\u06F2", "7\u06F2")]
    public void Substitute_Placeholders_BecomeTheirNumbers(string expression, string expected) =>
        Assert.Equal(expected, Problem.Substitute(expression, ["3", "7"]));
}
