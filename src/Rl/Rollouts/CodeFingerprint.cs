using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace AgentTeams;

/// <summary>
/// Which code a delegate runs: its method, the build of the assembly that holds it, and what its lambdas captured of texts, numbers
/// and further delegates. Two builds of the same source are equal where compilation is deterministic.
/// </summary>
internal static class CodeFingerprint
{
    /// <summary>32 lower-case hexadecimal digits.</summary>
    public static string Of(Delegate code, string more)
    {
        var text = new StringBuilder(more).Append('\n');
        Append(text, code, []);
        return Digits(text.ToString());
    }

    /// <summary>32 lower-case hexadecimal digits of a text.</summary>
    public static string Digits(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    private static void Append(StringBuilder text, Delegate code, HashSet<object> seen)
    {
        foreach (var part in code.GetInvocationList())
        {
            text.Append(part.Method.Module.ModuleVersionId).Append(' ').Append(part.Method.DeclaringType).Append(' ').Append(part.Method).Append('\n');
            if (part.Target is { } target && IsClosure(target.GetType())) AppendCaptured(text, target, seen);
        }
    }

    private static void AppendCaptured(StringBuilder text, object closure, HashSet<object> seen)
    {
        if (!seen.Add(closure)) return;
        foreach (var field in closure.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            switch (field.GetValue(closure))
            {
                case string or IFormattable and ValueType:
                    text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{field.Name}={field.GetValue(closure)}\n");
                    break;
                case Delegate inner:
                    Append(text, inner, seen);
                    break;
                case { } captured when IsClosure(captured.GetType()):
                    AppendCaptured(text, captured, seen);
                    break;
            }
        }
    }

    private static bool IsClosure(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
}
