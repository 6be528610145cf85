using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

public sealed class PromptsTests
{
    private const string Value = "4711";

    private static TeamState State(int round) => new()
    {
        Question = "how many are number0 and number1 ?", Numbers = ["12", "5"], Round = round, Plan = "add", Expression = "number0 + number1",
        Value = Value, Verdict = Prompts.WrongOperation, RejectedPlan = "subtract", RejectedExpression = "number0 - number1",
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Prompts_OfEveryRole_ShowTheValueToTheVerifierOnly(int round)
    {
        var state = State(round);
        Assert.DoesNotContain(Prompts.ForPlanner(state).Messages.Concat(Prompts.ForCoder(state).Messages), m => m.Text.Contains(Value, StringComparison.Ordinal));
        Assert.Contains(Prompts.ForVerifier(state).Messages, m => m.Text.Contains(Value, StringComparison.Ordinal));
    }

    [Fact]
    public void ForPlanner_AfterARejection_ShowsTheReason()
    {
        Assert.DoesNotContain(Prompts.ForPlanner(State(0)).Messages, m => m.Text.Contains(Prompts.WrongOperation, StringComparison.Ordinal));
        Assert.Contains(Prompts.ForPlanner(State(1)).Messages, m => m.Text.Contains(Prompts.WrongOperation, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("add multiply", true)]
    [InlineData("add number0", false)]
    [InlineData("", false)]
    [InlineData("add add add add add add add", false)]
    public void IsPlan_OnlyOperations_NoOperands(string text, bool expected) => Assert.Equal(expected, Prompts.IsPlan(text));

    [Theory]
    [InlineData(true, "subtract", Prompts.Accept)]
    [InlineData(false, "subtract", Prompts.WrongOperation)]
    [InlineData(false, "add", Prompts.WrongNumbers)]
    public void RightVerdict_OfAnAttempt_NamesWhatIsWrong(bool isRight, string plan, string verdict) =>
        Assert.Equal(verdict, Prompts.RightVerdict(Formula.ParsePrefix("+ number0 number1"), isRight, plan));
}
