using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace AgentTeams.Tests;

/// <summary>Damaged files are read or refused; nothing else happens, and no claim of a header is believed before it is checked.</summary>
public sealed partial class SafeTensorsFuzzTests(ITestOutputHelper output)
{
    private const long MaxAllocation = 1 << 20;

    private const string Header = """
        {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[3],"data_offsets":[16,22]},"c":{"dtype":"BF16","shape":[1,3],"data_offsets":[22,28]},"d":{"dtype":"I64","shape":[],"data_offsets":[28,36]},"e":{"dtype":"U8","shape":[0,7],"data_offsets":[36,36]}}
        """;

    private static readonly byte[] s_data = [.. MemoryMarshal.AsBytes<float>([1, -2, 3, 4]), 0, 60, 1, 0, 0, 128, .. new byte[14]];

    private static readonly string[] s_values =
    [
        "0", "1", "-1", "3", "4", "12", "16", "36", "1.5", "1e3", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551616", "null", "true", "\"\"", "\"a\"", "\"F32\"", "\"BF16\"", "\"F64\"", "\"Q4\"", "\"\\ud800\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "[]", "[0]", "[0,0]",
        "[2147483647,2147483647,2147483647,2147483647]", "{}", "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}", "", ",", "}", "]",
    ];

    [Fact]
    public void Read_MutatedFiles_ReadsOrRefuses()
    {
        var random = new Random(20_26);
        var valid = SafeTensorsBytes.Of(Encoding.UTF8.GetBytes(Header), s_data);
        Action(valid)();
        var (read, most) = Run(120_000, () => Action(Mutate(valid, random)));
        output.WriteLine($"{read} of 120000 read; at most {most} bytes allocated.");
        Assert.InRange(read, 5_000, 60_000);
        Assert.InRange(most, 0, MaxAllocation);

        static Action Action(byte[] bytes) => () =>
        {
            using var file = SafeTensorsBytes.Open(bytes);
            foreach (var entry in file.Tensors.Values.Where(e => e.Type is "F32" or "F16" or "BF16" or "I64")) file.Read(entry);
        };
    }

    [Fact]
    public void Parse_MutatedIndexes_ReadsOrRefuses()
    {
        var random = new Random(5);
        const string Valid = """{"metadata":{"total_size":12},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""";
        var (read, most) = Run(20_000, () =>
        {
            var bytes = random.Next(2) == 0 ? Flip(Encoding.UTF8.GetBytes(Valid), 0, random) : Encoding.UTF8.GetBytes(ReplaceValue(Valid, random));
            return () => CheckpointIndex.Parse(bytes, "memory");
        });
        output.WriteLine($"{read} of 20000 read; at most {most} bytes allocated.");
        Assert.InRange(read, 500, 15_000);
        Assert.InRange(most, 0, MaxAllocation);
    }

    private static (int Read, long MostAllocated) Run(int count, Func<Action> next)
    {
        var read = 0;
        long most = 0;
        for (var i = 0; i < count; i++)
        {
            var action = next();
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                action();
                read++;
            }
            catch (ModelFormatException)
            {
                // As it should be; any other exception fails the test.
            }

            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return (read, most);
    }

    private static byte[] Mutate(byte[] valid, Random random) => random.Next(7) switch
    {
        0 => Flip(valid, 0, random),
        1 => Flip(valid, 8 + Header.Length, random),
        2 => valid[..random.Next(valid.Length)],
        3 => [.. valid, .. new byte[random.Next(1, 20)]],
        4 => WithLength(valid, random.Next(4) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : Header.Length + random.Next(-40, 40)),
        5 => SafeTensorsBytes.Of(Encoding.UTF8.GetBytes(ReplaceValue(Header, random)), s_data),
        _ => SafeTensorsBytes.Of(Encoding.UTF8.GetBytes(Splice(Header, random)), s_data),
    };

    private static byte[] Flip(byte[] valid, int from, Random random)
    {
        var bytes = valid.ToArray();
        for (var n = random.Next(1, 5); n > 0; n--) bytes[random.Next(from, bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] WithLength(byte[] valid, long length)
    {
        var bytes = valid.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        return bytes;
    }

    private static string ReplaceValue(string json, Random random)
    {
        for (var n = random.Next(1, 3); n > 0; n--)
        {
            var values = Value().Matches(json);
            if (values.Count == 0) break;
            var value = values[random.Next(values.Count)];
            json = json[..value.Index] + s_values[random.Next(s_values.Length)] + json[(value.Index + value.Length)..];
        }

        return json;
    }

    // Doubles or drops a piece, which moves commas and brackets about and repeats names.
    private static string Splice(string json, Random random)
    {
        var (a, b) = (random.Next(json.Length), random.Next(json.Length));
        return json[..a] + json[b..];
    }

    [GeneratedRegex("""-?\d[\d.]*|"[^"]*"|\[[^\[\]]*\]""")]
    private static partial Regex Value();
}
