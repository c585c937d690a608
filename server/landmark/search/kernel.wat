;; The hot loops of routing. kernel.ts holds what `npm run build:kernel` makes of this file.
(module
  ;; Named limit: 4 GiB, all that 32-bit addresses reach.
  (memory (export "memory") 1 65536)

  ;; Inner products of int8 rows with one int16 query, exact in int32. No lane can overflow: the query is scaled so
  ;; that no sum of products leaves int32, see query.ts.
  ;;
  ;; row: address of the first row, int8 [rows, stride]
  ;; rows: at least 1
  ;; stride: bytes of a row, a multiple of 16
  ;; query: address, int16 [stride]
  ;; out: address, int32 [rows], written
  (func (export "dots")
    (param $row i32) (param $rows i32) (param $stride i32) (param $query i32) (param $out i32)
    (local $outEnd i32) (local $rowEnd i32) (local $queryAt i32)
    (local $even v128) (local $odd v128)
    (local.set $outEnd
      (i32.add (local.get $out) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $nextRow
      (local.set $rowEnd (i32.add (local.get $row) (local.get $stride)))
      (local.set $queryAt (local.get $query))
      ;; Two sums hide the latency of an addition.
      (local.set $even (v128.const i32x4 0 0 0 0))
      (local.set $odd (v128.const i32x4 0 0 0 0))
      (loop $nextSixteen
        (local.set $even
          (i32x4.add
            (local.get $even)
            (i32x4.dot_i16x8_s
              (v128.load8x8_s (local.get $row))
              (v128.load (local.get $queryAt)))))
        (local.set $odd
          (i32x4.add
            (local.get $odd)
            (i32x4.dot_i16x8_s
              (v128.load8x8_s offset=8 (local.get $row))
              (v128.load offset=16 (local.get $queryAt)))))
        (local.set $row (i32.add (local.get $row) (i32.const 16)))
        (local.set $queryAt (i32.add (local.get $queryAt) (i32.const 32)))
        (br_if $nextSixteen (i32.ne (local.get $row) (local.get $rowEnd))))
      (local.set $even (i32x4.add (local.get $even) (local.get $odd)))
      (i32.store
        (local.get $out)
        (i32.add
          (i32.add
            (i32x4.extract_lane 0 (local.get $even))
            (i32x4.extract_lane 1 (local.get $even)))
          (i32.add
            (i32x4.extract_lane 2 (local.get $even))
            (i32x4.extract_lane 3 (local.get $even)))))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $nextRow (i32.ne (local.get $out) (local.get $outEnd)))))

  ;; The signs of a row, a bit each (1 where negative), into one place of a group of sixteen sketches, see sketches.ts.
  ;;
  ;; row: address, int8 [stride]
  ;; stride: a multiple of 16
  ;; out: address of the sketch's first byte; the next follows 16 bytes on
  (func (export "sketch") (param $row i32) (param $stride i32) (param $out i32)
    (local $rowEnd i32) (local $signs i32)
    (local.set $rowEnd (i32.add (local.get $row) (local.get $stride)))
    (loop $nextSixteen
      (local.set $signs (i8x16.bitmask (v128.load (local.get $row))))
      (i32.store8 (local.get $out) (local.get $signs))
      (i32.store8 offset=16 (local.get $out) (i32.shr_u (local.get $signs) (i32.const 8)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (local.set $row (i32.add (local.get $row) (i32.const 16)))
      (br_if $nextSixteen (i32.ne (local.get $row) (local.get $rowEnd)))))

  ;; Estimates of scores from sketches: for each four signs, what a table says they add. Sixteen sketches at once, as a
  ;; vector looks sixteen bytes up.
  ;;
  ;; group: address of the first group, uint8 [groups, columns, 16]
  ;; groups: at least 1
  ;; columns: bytes of a sketch
  ;; tables: address, uint8 [columns, 2, 16]; no two of a column add up to more than 255, no sum over columns to more
  ;;   than 65,535
  ;; out: address, uint16 [groups, 16], written
  (func (export "estimates")
    (param $group i32) (param $groups i32) (param $columns i32) (param $tables i32) (param $out i32)
    (local $groupEnd i32) (local $table i32) (local $outEnd i32)
    (local $signs v128) (local $added v128) (local $pairs v128) (local $odd v128) (local $even v128)
    (local.set $outEnd
      (i32.add (local.get $out) (i32.shl (local.get $groups) (i32.const 5))))
    (loop $nextGroup
      (local.set $groupEnd
        (i32.add (local.get $group) (i32.shl (local.get $columns) (i32.const 4))))
      (local.set $table (local.get $tables))
      (local.set $pairs (v128.const i32x4 0 0 0 0))
      (local.set $odd (v128.const i32x4 0 0 0 0))
      (loop $nextColumn
        (local.set $signs (v128.load (local.get $group)))
        (local.set $added
          (i8x16.add
            (i8x16.swizzle
              (v128.load (local.get $table))
              (v128.and (local.get $signs) (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f)))
            (i8x16.swizzle
              (v128.load offset=16 (local.get $table))
              (v128.and
                (i16x8.shr_u (local.get $signs) (i32.const 4))
                (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f)))))
        ;; Bytes are summed two by two in 16 bits; the odd ones once more alone, to be taken out at the end.
        (local.set $pairs (i16x8.add (local.get $pairs) (local.get $added)))
        (local.set $odd (i16x8.add (local.get $odd) (i16x8.shr_u (local.get $added) (i32.const 8))))
        (local.set $table (i32.add (local.get $table) (i32.const 32)))
        (local.set $group (i32.add (local.get $group) (i32.const 16)))
        (br_if $nextColumn (i32.ne (local.get $group) (local.get $groupEnd))))
      (local.set $even
        (i16x8.sub (local.get $pairs) (i16x8.shl (local.get $odd) (i32.const 8))))
      (v128.store
        (local.get $out)
        (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $even) (local.get $odd)))
      (v128.store offset=16
        (local.get $out)
        (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $even) (local.get $odd)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $nextGroup (i32.ne (local.get $out) (local.get $outEnd))))))
