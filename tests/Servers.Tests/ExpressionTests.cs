using System.Globalization;

namespace AgentTeams.Tests;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData(" 2 + 3 * 4 ", "14")]
    [InlineData("(2+3)*4", "20")]
    [InlineData("10-4-3", "3")]
    [InlineData("100/10/5", "2")]
    [InlineData("-(2+3)", "-5")]
    [InlineData("2--3", "5")]
    [InlineData("2*-3", "-6")]
    [InlineData("--4", "4")]
    [InlineData("0.1+0.2", "0.3")]
    [InlineData(".5*4", "2")]
    [InlineData("7/2", "3.5")]
    [InlineData("1/3", "0.333333333333")]
    [InlineData("1/3*3", "1")]
    [InlineData("0*-1", "0")]
    [InlineData("123456789*1000", "123456789000")]
    [InlineData("1000000*1000000*1000000", "1E+18")]
    public void Evaluate_ValidExpression_GivesTheFormattedValue(string expression, string expected) =>
        Assert.Equal(expected, Expression.Format(Expression.Evaluate(expression)));

    [Theory]
    [InlineData("", 1)]
    [InlineData("1+", 3)]
    [InlineData("1 2", 3)]
    [InlineData("(1", 3)]
    [InlineData("1)", 2)]
    [InlineData("2**3", 3)]
    [InlineData("+1", 1)]
    [InlineData("1.2.3", 1)]
    [InlineData(".", 1)]
    [InlineData("5/0", 2)]
    [InlineData("5/(2-2)", 2)]
    [InlineData("1,5", 2)]
    [InlineData("x", 1)]
    [InlineData("1e5", 2)]
    public void Evaluate_InvalidExpression_NamesThePosition(string expression, int position)
    {
        var e = Assert.Throws<ExpressionException>(() => Expression.Evaluate(expression));
        Assert.Equal(position, e.Position);
        Assert.Contains($"position {position}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_BeyondTheLimits_IsRefused()
    {
        Assert.Equal(1, Expression.Evaluate(Nested(Expression.MaxDepth)));
        Assert.Throws<ExpressionException>(() => Expression.Evaluate(Nested(Expression.MaxDepth + 1)));
        Assert.Throws<ExpressionException>(() => Expression.Evaluate(new string('-', Expression.MaxDepth + 1) + "1"));
        Assert.Throws<ExpressionException>(() => Expression.Evaluate(new string('1', Expression.MaxLength + 1)));
        Assert.Throws<ExpressionException>(() => Expression.Evaluate(new string('9', 400)));
    }

    [Fact]
    public void Evaluate_RandomTrees_AgreeWithTheTree()
    {
        var random = new SeedKey(1, "fuzz").ToRandom();
        for (var i = 0; i < 2000; i++)
        {
            var (text, value) = Tree(random, 5);
            if (!double.IsFinite(value) || text.Length > Expression.MaxLength) continue;
            Assert.Equal(value, Expression.Evaluate(text));
        }
    }

    [Fact]
    public void Evaluate_RandomText_GivesAFiniteValueOrAnExpressionException()
    {
        const string Alphabet = "0123456789.+-*/() \tx";
        var random = new SeedKey(2, "fuzz").ToRandom();
        var (values, refusals) = (0, 0);
        for (var i = 0; i < 20000; i++)
        {
            var text = string.Create(random.Next(12), random, (span, r) =>
            {
                foreach (ref var c in span) c = Alphabet[r.Next(Alphabet.Length)];
            });
            try
            {
                Assert.True(double.IsFinite(Expression.Evaluate(text)));
                values++;
            }
            catch (ExpressionException e)
            {
                Assert.InRange(e.Position, 1, text.Length + 1);
                refusals++;
            }
        }

        Assert.True(values > 0 && refusals > 0);
    }

    private static string Nested(int depth) => new string('(', depth) + "1" + new string(')', depth);

    private static (string Text, double Value) Tree(Random random, int depth)
    {
        if (depth == 0 || random.Next(4) == 0)
        {
            var number = random.Next(1, 1000) / 8.0;
            return (number.ToString(CultureInfo.InvariantCulture), number);
        }

        var (left, l) = Tree(random, depth - 1);
        var (right, r) = Tree(random, depth - 1);
        return random.Next(5) switch
        {
            0 => ($"({left} + {right})", l + r),
            1 => ($"({left}-{right})", l - r),
            2 => ($"({left})*({right})", l * r) is var (t, v) ? ($"({t})", v) : default,
            3 when r != 0 => ($"({left}/{right})", l / r),
            _ => ($"(-{left})", -l),
        };
    }
}
