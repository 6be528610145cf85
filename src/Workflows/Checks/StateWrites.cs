using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;

namespace AgentTeams.Workflows;

/// <summary>Which members of the state an update sets, and which it reads, as far as its compiled code shows: <c>s with { A = x }</c> sets A.</summary>
internal sealed record StateWrites(IReadOnlySet<string> Set, IReadOnlySet<string> Read)
{
    private static readonly StateWrites Unknown = new(FrozenSet<string>.Empty, FrozenSet<string>.Empty);
    private static readonly FrozenDictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => f.GetValue(null)).OfType<OpCode>().ToFrozenDictionary(c => c.Value);

    public static StateWrites Of(Delegate update)
    {
        // Only the code of the delegate itself is looked at; without it nothing is known, and nothing is refused.
        if (update.Method.GetParameters().FirstOrDefault(p => p.ParameterType.IsClass)?.ParameterType is not { } state) return Unknown;
        if (update.Method is System.Reflection.Emit.DynamicMethod || update.Method.GetMethodBody()?.GetILAsByteArray() is not { } code) return Unknown;
        var (set, read) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var token in Calls(code))
        {
            if (Resolve(update.Method, token) is not { } called || called.DeclaringType != state) continue;
            if (called.Name.StartsWith("set_", StringComparison.Ordinal)) set.Add(called.Name[4..]);
            if (called.Name.StartsWith("get_", StringComparison.Ordinal)) read.Add(called.Name[4..]);
        }

        return new(set, read);
    }

    private static IEnumerable<int> Calls(byte[] code)
    {
        for (var at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE && at < code.Length) value = (short)(0xFE00 | code[at++]);
            if (!Codes.TryGetValue(value, out var op)) yield break;
            if (op.OperandType == OperandType.InlineMethod && at + 4 <= code.Length) yield return BitConverter.ToInt32(code, at);
            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static MethodBase? Resolve(MethodInfo method, int token)
    {
        try
        {
            return method.Module.ResolveMethod(token, method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>Members that two branches of a parallel node set, of which a join would keep the last.</summary>
internal static class Overwrites
{
    public static IEnumerable<WorkflowProblem> Find(string path, IReadOnlyList<(string Label, IReadOnlyList<StateWrites> Writes)> branches)
    {
        // One that reads what it sets adds to it, which a join does for both.
        var overwrites = branches.Select(b => (b.Label, Sets: b.Writes.SelectMany(w => w.Set), Blind: b.Writes.SelectMany(w => w.Set.Except(w.Read)).ToHashSet(StringComparer.Ordinal))).ToList();
        for (var i = 0; i < overwrites.Count; i++)
        {
            for (var j = i + 1; j < overwrites.Count; j++)
            {
                var (one, other) = (overwrites[i], overwrites[j]);
                foreach (var member in one.Blind.Intersect(other.Sets).Union(other.Blind.Intersect(one.Sets)).Order(StringComparer.Ordinal))
                {
                    yield return new(path, $"The branches '{one.Label}' and '{other.Label}' both set '{member}' of the state, so the join would lose one of the values.",
                        "Let each set a member of its own, add to a list (s with { All = s.All.Add(x) }), or say with Merge which counts.");
                }
            }
        }
    }
}
