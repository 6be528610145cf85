namespace AgentTeams.Models;

/// <summary>What <c>is</c> can ask of a value.</summary>
internal static class JinjaTests
{
    private static readonly Dictionary<string, Func<object?, bool>> s_plain = new(StringComparer.Ordinal)
    {
        ["defined"] = v => v is not JinjaUndefined,
        ["undefined"] = v => v is JinjaUndefined,
        ["none"] = v => v is null,
        ["string"] = v => v is string or JinjaMarkup,
        ["mapping"] = v => v is JinjaMap,
        ["sequence"] = v => v is string or List<object?> or JinjaMap or JinjaMarkup or JinjaView { Kind: JinjaView.Range },
        ["iterable"] = v => v is string or List<object?> or JinjaMap or JinjaUndefined or JinjaMarkup or JinjaView or JinjaIterator,
        ["number"] = v => v is long or double or bool,
        ["integer"] = v => v is long,
        ["float"] = v => v is double,
        ["boolean"] = v => v is bool,
        ["true"] = v => v is true,
        ["false"] = v => v is false,
        ["callable"] = v => v is JinjaFunction,
        ["odd"] = v => JinjaValues.Integer(v) % 2 != 0,
        ["even"] = v => JinjaValues.Integer(v) % 2 == 0,
        ["lower"] = v => JinjaValues.Text(v) is var t && t.Any(char.IsLetter) && !t.Any(char.IsUpper),
        ["upper"] = v => JinjaValues.Text(v) is var t && t.Any(char.IsLetter) && !t.Any(char.IsLower),
    };

    private static readonly Dictionary<string, Func<object?, object?, bool>> s_binary = new(StringComparer.Ordinal)
    {
        ["eq"] = JinjaValues.AreEqual, ["equalto"] = JinjaValues.AreEqual, ["=="] = JinjaValues.AreEqual,
        ["ne"] = (a, b) => !JinjaValues.AreEqual(a, b), ["!="] = (a, b) => !JinjaValues.AreEqual(a, b),
        ["lt"] = (a, b) => JinjaValues.Compare(a, b) < 0, ["lessthan"] = (a, b) => JinjaValues.Compare(a, b) < 0,
        ["le"] = (a, b) => JinjaValues.Compare(a, b) <= 0,
        ["gt"] = (a, b) => JinjaValues.Compare(a, b) > 0, ["greaterthan"] = (a, b) => JinjaValues.Compare(a, b) > 0,
        ["ge"] = (a, b) => JinjaValues.Compare(a, b) >= 0,
        ["in"] = (a, b) => JinjaValues.Contains(b, a),
        ["divisibleby"] = (a, b) =>
            JinjaValues.Integer(b) is var by && by != 0 ? JinjaValues.Integer(a) % by == 0 : throw new JinjaException("nothing is divisible by 0"),
        ["sameas"] = (a, b) => a is null or bool or long ? Equals(a, b) : ReferenceEquals(a, b),
    };

    public static bool Knows(string name) => s_plain.ContainsKey(name) || s_binary.ContainsKey(name);

    public static bool TakesOperand(string name) => s_binary.ContainsKey(name);

    public static bool Holds(string name, object? value, JinjaArguments arguments)
    {
        if (s_plain.TryGetValue(name, out var plain))
        {
            arguments.Only(0);
            return plain(value);
        }

        if (!s_binary.TryGetValue(name, out var binary)) throw new JinjaException($"the test '{name}' is not supported");
        return binary(value, arguments.Only(1).Required(0, "other"));
    }
}
