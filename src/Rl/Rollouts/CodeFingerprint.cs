using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// Which code a delegate runs: its method, the build of the assembly that holds it, and what it captured of data, workflows and further
/// delegates, also through objects of its own assembly. Two builds of the same source are equal where compilation is deterministic.
/// What it reads from static fields, files or objects of other libraries is not seen.
/// </summary>
internal sealed class CodeFingerprint
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Assembly> _own = [typeof(Role).Assembly, typeof(Workflow).Assembly];

    private CodeFingerprint() { }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public static string Of(Delegate code, string more)
    {
        var text = new StringBuilder(more).Append('\n');
        new CodeFingerprint().Append(text, code);
        return Digits(text.ToString());
    }

    /// <summary>32 lower-case hexadecimal digits of a text.</summary>
    public static string Digits(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    private void Append(StringBuilder text, Delegate code)
    {
        foreach (var part in code.GetInvocationList())
        {
            _own.Add(part.Method.Module.Assembly);
            text.Append(part.Method.Module.ModuleVersionId).Append(' ').Append(part.Method.DeclaringType).Append(' ').Append(part.Method).Append('\n');
            if (part.Target is { } target) AppendMembers(text, target);
        }
    }

    private void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string said:
                text.Append(said.Length).Append(' ').Append(said);
                break;
            case ValueType and (IFormattable or IConvertible):
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case JsonElement json:
                text.Append(json.ValueKind == JsonValueKind.Undefined ? "" : json.GetRawText());
                break;
            case Delegate inner:
                Append(text, inner);
                break;
            case AIFunction tool:
                text.Append(tool.Name).Append(' ').Append(tool.Description).Append(' ').Append(tool.JsonSchema.GetRawText());
                break;
            case IEnumerable items when value is Array || value.GetType().Namespace is "System.Collections.Generic" or "System.Collections.ObjectModel"
                or "System.Collections.Immutable" or "System.Collections.Frozen":
                AppendItems(text, items);
                break;
            default:
                if (IsData(value.GetType())) AppendMembers(text, value);
                break;
        }

        text.Append('\n');
    }

    private void AppendItems(StringBuilder text, IEnumerable items)
    {
        if (!items.GetType().IsValueType && !_seen.Add(items)) return;
        // An immutable array that was never set has no items, and none to enumerate.
        if (items.GetType().GetProperty("IsDefault")?.GetValue(items) is true) return;
        var parts = new List<string>();
        foreach (var item in items)
        {
            var part = new StringBuilder();
            Append(part, item);
            parts.Add(part.ToString());
        }

        // Sets and maps have no order of their own.
        if (items is not IList) parts.Sort(StringComparer.Ordinal);
        text.Append(parts.Count).Append('\n').AppendJoin("", parts);
    }

    private void AppendMembers(StringBuilder text, object holder)
    {
        if (!holder.GetType().IsValueType && !_seen.Add(holder)) return;
        foreach (var field in FieldsOf(holder.GetType()).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            var value = field.GetValue(holder);
            if (value is ValueType && !IsFixed(field)) continue;
            text.Append(field.Name).Append('=');
            Append(text, value);
        }
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                yield return field;
        }
    }

    // A number that an object goes on changing counts something; one that it was made with may decide what it does.
    private static bool IsFixed(FieldInfo field) =>
        field.IsInitOnly || field.Name.StartsWith('<') || IsClosure(field.DeclaringType!) || field.DeclaringType!.IsValueType;

    private bool IsData(Type type) => IsClosure(type) || type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal)
        || type.FullName.StartsWith("System.Tuple`", StringComparison.Ordinal)
        || type.FullName.StartsWith("System.Collections.Generic.KeyValuePair`", StringComparison.Ordinal) || _own.Contains(type.Assembly);

    private static bool IsClosure(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
}
