using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>An arithmetic formula over placeholders and constants.</summary>
internal abstract record Formula
{
    /// <summary>The names of the operations, as plans use them.</summary>
    public static IReadOnlyDictionary<char, string> OperationNames { get; } =
        new Dictionary<char, string> { ['+'] = "add", ['-'] = "subtract", ['*'] = "multiply", ['/'] = "divide" };

    /// <summary>The constants that expressions may use besides the problem's numbers.</summary>
    public static IReadOnlyList<string> Constants { get; } = ["0.01", "0.1", "0.25", "0.5", "1", "2", "3", "4", "5", "7", "12", "100"];

    /// <summary>The operations in the order of their evaluation, left before right.</summary>
    public abstract IEnumerable<char> Operations { get; }

    /// <summary>The placeholders and constants from left to right.</summary>
    public abstract IEnumerable<string> Operands { get; }

    /// <summary>The value when each placeholder stands for a number.</summary>
    public abstract double Evaluate(IReadOnlyList<string> numbers);

    /// <summary>The same formula with one operation replaced, in every way there is.</summary>
    public abstract IEnumerable<Formula> Variants { get; }

    /// <summary>The formula in infix notation with spaces between tokens and no needless parentheses.</summary>
    public string ToInfix() => Infix(0);

    /// <summary>The plan that names the formula's operations.</summary>
    public string ToPlan() => string.Join(' ', Operations.Select(o => OperationNames[o]));

    /// <summary>Reads prefix notation, such as <c>- number0 * number1 number2</c>.</summary>
    /// <exception cref="FormatException">The text is no such formula.</exception>
    public static Formula ParsePrefix(string text)
    {
        var tokens = new Queue<string>(text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var formula = Next(tokens);
        return tokens.Count == 0 ? formula : throw new FormatException($"'{string.Join(' ', tokens)}' is left over after a whole formula");

        static Formula Next(Queue<string> tokens)
        {
            if (!tokens.TryDequeue(out var token)) throw new FormatException("the formula ends too early");
            if (token is ['+' or '-' or '*' or '/']) return new Operation(token[0], Next(tokens), Next(tokens));
            if (token.StartsWith("number", StringComparison.Ordinal)) return new Operand(token);
            if (double.TryParse(token, CultureInfo.InvariantCulture, out var value)) return new Operand(value.ToString(CultureInfo.InvariantCulture));
            throw new FormatException($"'{token}' is no operation, placeholder or number");
        }
    }

    protected abstract string Infix(int surrounding);

    internal sealed record Operand(string Text) : Formula
    {
        public override IEnumerable<char> Operations => [];

        public override IEnumerable<string> Operands => [Text];

        public override IEnumerable<Formula> Variants => [];

        public override double Evaluate(IReadOnlyList<string> numbers)
        {
            if (!Text.StartsWith("number", StringComparison.Ordinal)) return double.Parse(Text, CultureInfo.InvariantCulture);
            var index = int.Parse(Text.AsSpan(6), CultureInfo.InvariantCulture);
            return index < numbers.Count ? double.Parse(numbers[index], CultureInfo.InvariantCulture) : double.NaN;
        }

        protected override string Infix(int surrounding) => Text;
    }

    internal sealed record Operation(char Symbol, Formula Left, Formula Right) : Formula
    {
        public override IEnumerable<char> Operations => [.. Left.Operations, .. Right.Operations, Symbol];

        public override IEnumerable<string> Operands => [.. Left.Operands, .. Right.Operands];

        public override IEnumerable<Formula> Variants =>
        [
            .. Left.Variants.Select(l => this with { Left = l }),
            .. Right.Variants.Select(r => this with { Right = r }),
            .. OperationNames.Keys.Where(o => o != Symbol).Select(o => this with { Symbol = o }),
        ];

        private int Precedence => Symbol is '+' or '-' ? 1 : 2;

        public override double Evaluate(IReadOnlyList<string> numbers)
        {
            var (a, b) = (Left.Evaluate(numbers), Right.Evaluate(numbers));
            return Symbol switch { '+' => a + b, '-' => a - b, '*' => a * b, _ => a / b };
        }

        // The right side of an operation binds tighter than the left, since chains are read from the left.
        protected override string Infix(int surrounding)
        {
            var text = $"{Wrap(Left, Precedence)} {Symbol} {Wrap(Right, Precedence + 1)}";
            return Precedence < surrounding ? $"( {text} )" : text;

            static string Wrap(Formula side, int precedence) => side.Infix(precedence);
        }
    }
}
