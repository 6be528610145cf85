using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

public sealed class FormulaTests
{
    [Theory]
    [InlineData("- number0 * number1 number2", "number0 - number1 * number2", "multiply subtract")]
    [InlineData("* + number0 number1 number2", "( number0 + number1 ) * number2", "add multiply")]
    [InlineData("- number0 - number1 number2", "number0 - ( number1 - number2 )", "subtract subtract")]
    [InlineData("- - number0 number1 number2", "number0 - number1 - number2", "subtract subtract")]
    [InlineData("/ number0 * number1 0.01", "number0 / ( number1 * 0.01 )", "multiply divide")]
    public void ToInfix_OfPrefix_KeepsMeaningAndNamesOperationsInOrder(string prefix, string infix, string plan)
    {
        var formula = Formula.ParsePrefix(prefix);
        Assert.Equal(infix, formula.ToInfix());
        Assert.Equal(plan, formula.ToPlan());
        Assert.DoesNotContain("number", plan, StringComparison.Ordinal);
    }

    [Fact]
    public void ToInfix_Evaluated_IsTheFormulasValue()
    {
        string[] numbers = ["12", "5", "4"];
        foreach (var prefix in new[] { "- number0 - number1 number2", "/ number0 / number1 number2", "* - number0 number1 + number1 number2" })
        {
            var formula = Formula.ParsePrefix(prefix);
            Assert.Equal(formula.Evaluate(numbers), AgentTeams.Servers.Expression.Evaluate(Problem.Substitute(formula.ToInfix(), numbers)), 9);
        }
    }

    [Fact]
    public void Variants_OfTwoOperations_ReplaceOneOperationEach()
    {
        var formula = Formula.ParsePrefix("* + number0 number1 number2");
        var plans = formula.Variants.Select(v => v.ToPlan()).ToList();
        Assert.Equal(6, plans.Distinct().Count());
        Assert.DoesNotContain(formula.ToPlan(), plans);
    }

    [Theory]
    [InlineData("+ number0")]
    [InlineData("number0 number1")]
    [InlineData("% number0 number1")]
    [InlineData("")]
    public void ParsePrefix_Malformed_IsRefused(string text) => Assert.Throws<FormatException>(() => Formula.ParsePrefix(text));

    [Fact]
    public void Substitute_UnknownPlaceholder_StaysForTheCalculatorToRefuse() =>
        Assert.Equal("7 + number3", Problem.Substitute("number0 + number3", ["7", "8"]));
}
