using System.Text;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>What every shared context refuses.</summary>
internal static class ContextChecks
{
    public const int MaxRunLength = 256;

    public static void Run(string run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Guard.Require(run.Length is > 0 and <= MaxRunLength && !run.Any(char.IsControl) && !HasHalves(run), $"'{run}' is no run of a shared context. Give 1 to {MaxRunLength} characters, none of them a control character or half of one.");
    }

    public static void Key(string key, ContextLimits limits)
    {
        ArgumentNullException.ThrowIfNull(key);
        Guard.Require(key.Length > 0 && key.Split('/').All(p => p.Length > 0 && p is not ("." or "..") && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')),
            $"'{key}' is no key of a shared context. Use letters, digits, '-', '_' and '.', in parts that '/' separates.");
        if (key.Length > limits.MaxKeyLength) throw new ContextLimitException(nameof(ContextLimits.MaxKeyLength), key[..Math.Min(key.Length, 40)] + "…", limits.MaxKeyLength, key.Length, "characters", "Give a shorter key, or raise it.");
    }

    /// <summary>The value as it is kept, or null; checked by itself.</summary>
    public static string? Value(ContextChange change, ContextLimits limits)
    {
        if (change.Value is not { } value) return null;
        Guard.Require(value.ValueKind != JsonValueKind.Undefined, $"The value of '{change.Key}' is undefined. Give JSON, or null to delete it.");
        var text = value.GetRawText();
        Guard.Require(IsReadable(value, text), $"The value of '{change.Key}' holds half a character (a lone surrogate), which nobody could read. Give Unicode.");
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= limits.MaxValueBytes ? text
            : throw new ContextLimitException(nameof(ContextLimits.MaxValueBytes), change.Key, limits.MaxValueBytes, bytes, "bytes", "Keep less, or several keys, or raise it.");
    }

    // A store may write one of them like any other, and two runs would be one.
    private static bool HasHalves(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at])) continue;
            if (!char.IsSurrogatePair(text, at)) return true;
            at++;
        }

        return false;
    }

    // JSON can escape what is no text; only then has it to be read.
    private static bool IsReadable(JsonElement value, string text)
    {
        if (!text.Contains("\\u", StringComparison.Ordinal)) return true;
        try
        {
            JsonSerializer.SerializeToUtf8Bytes(value);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    public static long Size(string key, string? value) => key.Length + (value is null ? 0 : Encoding.UTF8.GetByteCount(value));

    /// <summary>Refuses a change that does not fit what its run has.</summary>
    /// <param name="change">The change.</param>
    /// <param name="found">The version of the key; 0 without a value.</param>
    /// <param name="keys">How many keys of the run have a value.</param>
    /// <param name="total">What the run takes with the change.</param>
    /// <param name="limits">The limits.</param>
    public static void Fits(ContextChange change, long found, long keys, long total, ContextLimits limits)
    {
        if (change.Expected is { } expected && expected != found) throw new ContextConflictException(change.Key, expected, found);
        if (found == 0 && change.Value is not null && keys >= limits.MaxKeys)
            throw new ContextLimitException(nameof(ContextLimits.MaxKeys), change.Key, limits.MaxKeys, keys + 1, "keys of its run", "Delete a key, or raise it.");
        if (total > limits.MaxTotalBytes)
            throw new ContextLimitException(nameof(ContextLimits.MaxTotalBytes), change.Key, limits.MaxTotalBytes, total, "bytes of its run, all versions counted", "Delete the run's context, or raise it.");
    }
}
