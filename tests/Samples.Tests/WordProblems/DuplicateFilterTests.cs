using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Samples.Tests.WordProblems;

public sealed class DuplicateFilterTests
{
    [Fact]
    public void Apply_SameQuestionInOtherSpelling_IsDroppedAndCounted()
    {
        var (kept, dropped) = DuplicateFilter.Apply([Ask("How many , Ann ?"), Ask("how much ?"), Ask("how  many ann")], [Ask("how many ann ?")]);

        Assert.Equal("how much ?", Assert.Single(kept).Question);
        Assert.Equal(2, dropped);
    }

    private static Problem Ask(string question) => new("p", question, ["1"], new Formula.Operand("number0"), 1);
}
