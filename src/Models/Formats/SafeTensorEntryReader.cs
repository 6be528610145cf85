using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Reads one tensor's entry of a safetensors header.</summary>
internal static class SafeTensorEntryReader
{
    // More than any framework has; keeps messages that name a shape short.
    private const int MaxDimensions = 64;

    public static SafeTensorEntry Read(ref Utf8JsonReader reader, string name, long dataStart, string source)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Malformed(name, source, $"is {reader.TokenType}; expected an object");
        string? type = null;
        int[]? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = Integers(ref reader, MaxDimensions, int.MaxValue)?.Select(n => (int)n).ToArray()
                        ?? throw Malformed(name, source,
                            $"has a malformed 'shape'; expected a list of at most {MaxDimensions} integers from 0 to {int.MaxValue}");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Integers(ref reader, 2, long.MaxValue)
                        ?? throw Malformed(name, source, "has malformed 'data_offsets'; expected two integers from 0 on");
                    break;
                default:
                    throw Malformed(name, source, $"has an unexpected '{field}'; expected 'dtype', 'shape' and 'data_offsets', each once");
            }
        }

        if (type is null || shape is null || offsets is not { Count: 2 })
            throw Malformed(name, source, "is incomplete; expected 'dtype', 'shape' and two 'data_offsets'");
        return Create(name, type, shape, offsets, dataStart, source);
    }

    private static SafeTensorEntry Create(string name, string type, int[] shape, List<long> offsets, long dataStart, string source)
    {
        var size = SafeTensorTypes.SizeOf(type) ?? throw Malformed(name, source, $"has the unknown dtype {type}");
        try
        {
            var count = 1L;
            foreach (var n in shape) count = checked(count * n);
            if (checked(offsets[1] - offsets[0]) == checked(count * size))
                return new(name, type, shape, count, checked(dataStart + offsets[0]), checked(dataStart + offsets[1]));
        }
        catch (OverflowException)
        {
            // Too large for any file, as the message below says.
        }

        throw Malformed(name, source, $"of shape {SafeTensorTypes.Text(shape)} and dtype {type} does not fit the bytes {offsets[0]}..{offsets[1]}");
    }

    private static List<long>? Integers(ref Utf8JsonReader reader, int most, long greatest)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return null;
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (values.Count == most || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0 || value > greatest)
                return null;
            values.Add(value);
        }

        return values;
    }

    private static ModelFormatException Malformed(string name, string source, string problem) => new($"Tensor '{name}' in '{source}' {problem}.");
}
